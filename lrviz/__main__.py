"""`python -m lrviz` is `lrviz`."""

from lrviz.cli import main

main()
