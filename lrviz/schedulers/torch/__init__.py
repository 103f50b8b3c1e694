"""The schedulers of torch.optim.lr_scheduler and torch.optim.swa_utils."""
