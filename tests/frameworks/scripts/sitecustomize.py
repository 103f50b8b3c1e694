"""The user's own sitecustomize: it must run beside the probe's."""

import os
import sys

sys.customized = os.getpid()
