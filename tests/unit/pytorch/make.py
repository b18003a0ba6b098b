"""Writes networks.safetensors: weights, inputs, outputs and gradients of small networks as PyTorch
has them, for test_pytorch.c.

    python3 make.py FOLDER_OF_PEERS

FOLDER_OF_PEERS has dcgan.py and pix.py, which define the networks.  Each network's entries begin
with its name and "/": p0, p1, ... (the trained parameters in PyTorch's order), x, y (in training
mode), dy (a cotangent), dx, and g0, g1, ... (the gradients of the parameters).  PyTorch 2.6 wrote
what is here.
"""
import json
import os
import struct
import sys

import torch

sys.path.insert(0, sys.argv[1])
from dcgan import make  # noqa: E402
from pix import nets  # noqa: E402

torch.manual_seed(7)
unet, resnet, patch = nets(torch)
dcgan_g, dcgan_d = make(torch, 32, ch=2, nz=5, nf=1)
networks = {
    "dcgan_generator": (dcgan_g, (3, 5, 1, 1)),
    "dcgan_discriminator": (dcgan_d, (3, 2, 32, 32)),
    "unet": (unet(5, ngf=1, cin=2, cout=1, drop=False), (2, 2, 32, 32)),
    "resnet": (resnet(2, ngf=2, cin=1, cout=2), (1, 1, 12, 16)),
    "patch": (patch(2, "instance", ndf=1), (1, 2, 32, 40)),
}
entries = {}
for name, (network, shape) in networks.items():
    for parameter in network.parameters():
        torch.nn.init.normal_(parameter, 0.1, 0.3)
    x = torch.randn(shape, requires_grad=True)
    y = network(x)
    dy = torch.randn(y.shape)
    y.backward(dy)
    for i, parameter in enumerate(network.parameters()):
        entries[f"{name}/p{i}"] = parameter.data
        entries[f"{name}/g{i}"] = parameter.grad
    entries.update({f"{name}/x": x.data, f"{name}/y": y.data, f"{name}/dy": dy,
                    f"{name}/dx": x.grad})

header, data = {}, b""
for key, tensor in entries.items():
    values = tensor.flatten().tolist()
    packed = struct.pack(f"<{len(values)}f", *values)
    header[key] = {"dtype": "F32", "shape": list(tensor.shape),
                   "data_offsets": [len(data), len(data) + len(packed)]}
    data += packed
text = json.dumps(header, separators=(",", ":")).encode()
text += b" " * (-len(text) % 8)
here = os.path.dirname(os.path.abspath(__file__))
with open(os.path.join(here, "networks.safetensors"), "wb") as file:
    file.write(struct.pack("<Q", len(text)) + text + data)
