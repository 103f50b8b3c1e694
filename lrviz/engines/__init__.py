"""The two engines, and the comparison between them. They meet `lrviz.render` only in `lrviz.results`."""
