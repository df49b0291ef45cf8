"""HADNet as a PyTorch module, for weights that `hadnet_export --format torch` wrote.

    import hadnet_torch
    model = hadnet_torch.load("model.safetensors")
    mask, score, probabilities, resized = model.answer(images)      # numpy, uint8 [N,H,W,3]

Names of the modules are those of the file, so load_state_dict is strict. Needs torch and numpy.
"""
import json

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

ARCHITECTURES = {
    "compact": dict(
        channels=[32, 64, 128, 512], kept=[16, 32, 64, 160], width=[32, 64, 128, 320], halvings=[2, 2, 2, 2],
        feature=64, ard=128, discriminator=64,
    ),
    "wrn50": dict(
        channels=[256, 512, 1024], kept=[128, 256, 256], width=[128, 256, 448], halvings=[2, 2, 3],
        feature=64, ard=256, discriminator=128,
    ),
}
ARCHITECTURES["compact-top-down"] = dict(ARCHITECTURES["compact"], channels=[32, 64, 128, 416])
ARCHITECTURES["wrn50-top-down"] = ARCHITECTURES["wrn50"]


def conv(channels_in, out, kernel, stride=1, groups=1, bias=False):
    return nn.Conv2d(channels_in, out, kernel, stride, kernel // 2, groups=groups, bias=bias)


class Buffers(nn.Module):
    """Named tensors that are no parameters."""

    def __init__(self, **tensors):
        super().__init__()
        for name, tensor in tensors.items():
            self.register_buffer(name, tensor)


def statistics(channels):
    return Buffers(running_mean=torch.zeros(channels), running_var=torch.ones(channels))


def standardise(x, by, places=slice(None)):
    mean, variance = by.running_mean[places, None, None], by.running_var[places, None, None]
    return (x - mean) / torch.sqrt(variance + 1e-5)


class Residual(nn.Module):
    """A block of two 3x3 convolutions, or a bottleneck."""

    def __init__(self, channels_in, out, stride, inner=None):
        super().__init__()
        if inner:
            shapes = [(channels_in, inner, 1, 1), (inner, inner, 3, stride), (inner, out, 1, 1)]
        else:
            shapes = [(channels_in, out, 3, stride), (out, out, 3, 1)]
        self.depth = len(shapes)
        for i, (a, b, kernel, step) in enumerate(shapes):
            setattr(self, f"conv{i + 1}", conv(a, b, kernel, step))
            setattr(self, f"bn{i + 1}", nn.BatchNorm2d(b))
        self.downsample = None
        if channels_in != out or stride != 1:
            self.downsample = nn.Sequential(conv(channels_in, out, 1, stride), nn.BatchNorm2d(out))

    def forward(self, x):
        y = x
        for i in range(1, self.depth + 1):
            y = getattr(self, f"bn{i}")(getattr(self, f"conv{i}")(y))
            if i < self.depth:
                y = F.relu(y)
        return F.relu(y + (self.downsample(x) if self.downsample else x))


def stage(channels_in, out, blocks, stride, inner=None):
    return nn.Sequential(*[Residual(out if i else channels_in, out, 1 if i else stride, inner) for i in range(blocks)])


class Compact(nn.Module):
    def __init__(self, deepest):
        super().__init__()
        self.stem = nn.Module()
        self.stem.conv = nn.ModuleList([conv(3, 16, 3, 2), conv(16, 32, 3, 2)])
        self.stem.bn = nn.ModuleList([nn.BatchNorm2d(16), nn.BatchNorm2d(32)])
        self.stage1, self.stage2 = stage(32, 32, 1, 1), stage(32, 64, 1, 2)
        self.stage3, self.stage4 = stage(64, 128, 2, 2), stage(128, deepest, 2, 2)

    def forward(self, x):
        for convolution, norm in zip(self.stem.conv, self.stem.bn):
            x = F.relu(norm(convolution(x)))
        levels = []
        for block in (self.stage1, self.stage2, self.stage3, self.stage4):
            x = block(x)
            levels.append(x)
        return levels


class WideResNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1, self.bn1 = conv(3, 64, 7, 2), nn.BatchNorm2d(64)
        self.layer1, self.layer2 = stage(64, 256, 3, 1, 128), stage(256, 512, 4, 2, 256)
        self.layer3 = stage(512, 1024, 6, 2, 512)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.bn1(self.conv1(x))), 3, 2, 1)
        levels = []
        for block in (self.layer1, self.layer2, self.layer3):
            x = block(x)
            levels.append(x)
        return levels


class Hyperplanes(nn.Module):
    """Logits of exp_0(u), in double and by the textbook (Ganea, Becigneul, Hofmann, 2018, eq. 25), but with
    Moebius addition's 1 - c|m|^2 as a product and |u| held to where tanh is not yet 1."""

    def __init__(self, dimension, classes, curvature):
        super().__init__()
        self.points = nn.Parameter(torch.zeros(classes, dimension))
        self.normals = nn.Parameter(torch.zeros(classes, dimension))
        self.c = curvature

    def forward(self, u):
        c, root = self.c, self.c**0.5
        u, p, a = u.permute(0, 2, 3, 1).double(), self.points.double(), self.normals.double()
        t = 2 * root * u.norm(dim=-1, keepdim=True)
        length = a.norm(dim=-1)
        n = a / length[:, None]
        gap = 1 - c * (p * p).sum(-1)
        offset = 2 * root * (p * n).sum(-1) / gap
        w = 2 * root * n + 2 * c * offset[:, None] * p
        near = t.clamp(max=600)
        s = torch.sinh(near) / near.clamp(min=1e-12) * (u @ w.T) * (near / t.clamp(min=1e-12)) - offset * torch.cosh(near)
        beyond = torch.sign(s) * (t - near)
        return ((torch.asinh(s) + beyond) * 2 * length / gap / root).permute(0, 3, 1, 2).float()


class EuclideanPlanes(nn.Module):
    """Logits 4 [u - p, a]."""

    def __init__(self, dimension, classes):
        super().__init__()
        self.points = nn.Parameter(torch.zeros(classes, dimension))
        self.normals = nn.Parameter(torch.zeros(classes, dimension))

    def forward(self, u):
        offsets = (self.points * self.normals).sum(-1)
        return (4 * (u.permute(0, 2, 3, 1) @ self.normals.T - offsets)).permute(0, 3, 1, 2)


class Head(nn.Module):
    """curvature: None for the Euclidean variant. A learnt one is 1, of u times hyperplanes.scale. clip: the
    radius to which u is clipped, or None."""

    def __init__(self, shape, classes, curvature, top_down, learnt, clip, temperature):
        super().__init__()
        d, levels = shape["feature"], len(shape["channels"])
        self.lateral = nn.ModuleList([conv(channels, d, 1) for channels in shape["channels"]])
        if top_down:
            self.merge = nn.ModuleList([conv(d, d, 3) for _ in range(levels - 1)])
            self.merge_norm = nn.ModuleList([nn.BatchNorm2d(d) for _ in range(levels - 1)])
        else:
            self.sum_norm, self.depthwise_norm = nn.BatchNorm2d(d), nn.BatchNorm2d(d)
            self.depthwise = conv(d, d, 3, groups=d)
        self.pointwise = conv(d, d, 1, bias=True)
        self.hyperplanes = EuclideanPlanes(d, classes)
        self.clip, self.first_scale = clip, 1
        if curvature:
            self.hyperplanes = Hyperplanes(d, classes, 1 if learnt else curvature)
        if curvature and learnt:
            self.first_scale = curvature**0.5
            self.hyperplanes.scale = nn.Parameter(torch.ones(1))
        if temperature:
            self.temperature = nn.Parameter(torch.ones(1))

    def top_down(self, levels):
        merged = self.lateral[-1](levels[-1])
        for i in range(len(levels) - 2, -1, -1):
            merged = self.lateral[i](levels[i]) + resize(merged, levels[i].shape[2:])
            merged = F.relu(self.merge_norm[i](self.merge[i](merged)))
        return merged

    def sum(self, levels):
        merged = self.lateral[0](levels[0])
        for lateral, level in zip(self.lateral[1:], levels[1:]):
            merged = merged + resize(lateral(level), merged.shape[2:])
        return F.relu(self.depthwise_norm(self.depthwise(F.relu(self.sum_norm(merged)))))

    def forward(self, levels):
        u = self.pointwise(self.top_down(levels) if hasattr(self, "merge") else self.sum(levels))
        if self.clip:
            u = u * torch.clamp(self.clip / u.norm(dim=1, keepdim=True).clamp(min=1e-12), max=1)
        logits = self.hyperplanes(u * getattr(self.hyperplanes, "scale", 1)) / self.first_scale
        return logits * getattr(self, "temperature", 1)


class Autoencoder(nn.Module):
    def __init__(self, kept, width, halvings):
        super().__init__()
        self.encode = nn.ModuleList([conv(width if i else kept, width, 3, 2) for i in range(halvings)])
        self.norm = nn.ModuleList([nn.BatchNorm2d(width) for _ in range(halvings)])
        self.decode = conv(width, kept, 3, bias=True)

    def forward(self, x):
        y = x
        for convolution, norm in zip(self.encode, self.norm):
            y = F.relu(norm(convolution(y)))
        return self.decode(resize(y, x.shape[2:]))


class Discriminator(nn.Module):
    def __init__(self, shape, classes, ard):
        super().__init__()
        residual, width, self.half, self.ard = sum(shape["kept"]), shape["discriminator"], shape["ard"] // 2, ard
        if ard == "none":
            self.squeeze = conv(residual, shape["ard"], 1)
        else:
            self.score = statistics(residual)
        reduced = residual if ard == "mask" else shape["ard"]
        self.enter, self.enter_norm = conv(reduced + classes, width, 1), nn.BatchNorm2d(width)
        self.blocks = nn.ModuleList()
        for _ in range(2):
            block = nn.Module()
            block.depthwise, block.depthwise_norm = conv(width, width, 3, groups=width), nn.BatchNorm2d(width)
            block.pointwise, block.pointwise_norm = conv(width, width, 1), nn.BatchNorm2d(width)
            self.blocks.append(block)
        self.classify = conv(width, classes, 1, bias=True)

    def select(self, residual):
        score = standardise(residual, self.score)
        places = [
            torch.sort(pooled, dim=1, descending=True, stable=True).indices[:, : self.half]
            for pooled in (score.amax((2, 3)), score.mean((2, 3)))
        ]
        places = torch.cat(places, 1)
        if self.ard == "mask":
            return residual * torch.zeros_like(residual[:, :, 0, 0]).scatter(1, places, 1)[:, :, None, None]
        return torch.gather(residual, 1, places[:, :, None, None].expand(-1, -1, *residual.shape[2:]))

    def forward(self, residual, logits):
        told = self.squeeze(residual) if self.ard == "none" else self.select(residual)
        if self.ard == "zero":
            told = told * 0
        x = F.relu(self.enter_norm(self.enter(torch.cat([told, logits], 1))))
        for block in self.blocks:
            x = F.relu(block.depthwise_norm(block.depthwise(x)))
            x = F.relu(block.pointwise_norm(block.pointwise(x)))
        return self.classify(x) + logits


def filter_weights(source, target):
    """[target,source], as data/image/resize.c has them."""
    i, k = np.arange(target)[:, None], np.arange(source)[None]
    share = 2 * max(source, target) - np.abs(2 * target * k + target - (2 * i + 1) * source)
    share = np.maximum(share, 0).astype(np.float64)
    return (share / share.sum(1, keepdims=True)).astype(np.float32)


def resize_bytes(image, size):
    """The preprocessing of hadnet_predict: F.interpolate(antialias=True), rounded, but for sums that are nearly
    halfway between two bytes. There the order of the sums counts, and how each term is rounded."""
    across, down = filter_weights(image.shape[1], size), filter_weights(image.shape[0], size)
    rows = np.zeros((image.shape[0], size, 3), np.float32)
    for k in range(image.shape[1]):
        to = np.nonzero(across[:, k])[0]
        rows[:, to] += across[to, k][None, :, None] * image[:, k, None].astype(np.float32)
    sums = np.full((size, size, 3), 0.5, np.float32)
    for k in range(image.shape[0]):
        to = np.nonzero(down[:, k])[0]  # in double and then to float: as a fused multiply-add rounds
        sums[to] = down[to, k][:, None, None].astype(np.float64) * rows[k][None] + sums[to]
    return np.floor(np.minimum(sums, 255))


def resize(x, size):
    return F.interpolate(x, size=tuple(size), mode="bilinear", align_corners=False)


class Hadnet(nn.Module):
    """metadata: what the file says of its network."""

    def __init__(self, metadata):
        super().__init__()
        shape, classes = ARCHITECTURES[metadata["architecture"]], int(metadata["classes"])
        curvature = float(metadata["curvature"]) if metadata["space"] == "hyperbolic" else None
        if metadata["ard"] not in ("rank", "zero", "none", "mask"):
            raise ValueError(f"ard {metadata['ard']}")
        self.size = int(metadata["size"])
        backbone, _, top_down = metadata["architecture"].partition("-")
        self.backbone = Compact(shape["channels"][-1]) if backbone == "compact" else WideResNet()
        clip = float(metadata["clip"]) / curvature**0.5 if curvature and "clip" in metadata else None
        learnt, temperature = "curvature-learnt" in metadata, "temperature-learnt" in metadata
        self.head = Head(shape, classes, curvature, top_down, learnt, clip, temperature)
        self.levels = nn.ModuleList([statistics(channels) for channels in shape["channels"]])
        pairs = list(zip(shape["channels"], shape["kept"]))
        if metadata["reduction"] == "rlpr":
            self.projection = Buffers(**{str(i): torch.zeros(k, c, 1, 1) for i, (c, k) in enumerate(pairs)})
        else:
            self.selected = Buffers(**{str(i): torch.zeros(k) for i, (_, k) in enumerate(pairs)})
        self.autoencoder = nn.ModuleList(
            [Autoencoder(*each) for each in zip(shape["kept"], shape["width"], shape["halvings"])]
        )
        self.discriminator = Discriminator(shape, classes, metadata["ard"])
        self.normalise = Buffers(mean=torch.zeros(3), std=torch.ones(3))

    def reduce(self, level, x):
        if hasattr(self, "projection"):
            return F.conv2d(standardise(x, self.levels[level]), getattr(self.projection, str(level)))
        places = getattr(self.selected, str(level)).long()
        return standardise(x[:, places], self.levels[level], places)

    def forward(self, image):
        """image: [N,3,size,size], normalised. Gives logits at the finest level's size."""
        levels = self.backbone(image)
        logits, gamma = self.head(levels), []
        for i, (autoencoder, level) in enumerate(zip(self.autoencoder, levels)):
            reduced = self.reduce(i, level)
            gamma.append(resize(torch.log1p((reduced - autoencoder(reduced)) ** 2), logits.shape[2:]))
        return self.discriminator(torch.cat(gamma, 1), logits)

    @torch.no_grad()
    def answer(self, images):
        resized = np.stack([resize_bytes(image, self.size) for image in images])
        resized = torch.from_numpy(resized).permute(0, 3, 1, 2)
        by = self.normalise
        logits = self((resized / 255 - by.mean[:, None, None]) / by.std[:, None, None])
        probabilities = torch.softmax(resize(logits, images.shape[1:3]), 1)
        mask = probabilities.argmax(1).to(torch.uint8)
        return [part.numpy() for part in (mask, 1 - probabilities[:, 0], probabilities, resized)]


def read(path):
    """A safetensors file of floats: its metadata, and its tensors by name."""
    with open(path, "rb") as file:
        header = json.loads(file.read(int.from_bytes(file.read(8), "little")))
        data = bytearray(file.read())
    metadata = header.pop("__metadata__")
    tensors = {}
    for name, entry in header.items():
        begin, end = entry["data_offsets"]
        numbers = np.frombuffer(data[begin:end], np.float32).copy()
        tensors[name] = torch.from_numpy(numbers).reshape(entry["shape"])
    return metadata, tensors


def load(path):
    metadata, tensors = read(path)
    model = Hadnet(metadata)
    model.load_state_dict(tensors, strict=True)
    return model.eval()
