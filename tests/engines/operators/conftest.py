"""PyTorch computes with one thread here, as MXNet does, so that tests side by side do not wait for each other."""

from __future__ import annotations

import torch

torch.set_num_threads(1)
