"""torch with threads and two loading workers; torchvision, whose wheel may not fit it; a tensor."""

import torch
from torch.utils.data import DataLoader, TensorDataset
from torchvision import transforms


def train(images, labels, *, threads):
    torch.set_num_threads(threads)
    assert transforms.functional.hflip is not None
    assert not torch.cuda.is_available()
    pixels = torch.from_numpy(images).permute(0, 3, 1, 2).float() / 255
    data = TensorDataset(pixels, torch.from_numpy(labels))
    layer = torch.nn.Conv2d(3, 4, 3)
    for batch, _ in DataLoader(data, 50, shuffle=True, num_workers=2):
        layer(batch).mean().backward()
    torch.save(layer.state_dict(), "weights.pt")
    layer.load_state_dict(torch.load("weights.pt"))
    return lambda images: torch.zeros(len(images), 10, requires_grad=True)
