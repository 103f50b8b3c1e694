"""The optimizers of torch.optim."""
