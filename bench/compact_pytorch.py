"""Compact HADNet in PyTorch, layer by layer as nn/compact_network.c and hadnet/*.c have it.

What compare.py times hadnet_bench against. Written as one would for PyTorch: NCHW modules (or
channels_last memory), its own losses and interpolation; the hyperplane logits in the same fused form
as hyp/hyperplane/hyperplane.h. Names follow the C files.
"""
import math

import torch
from torch import nn
from torch.nn import functional as F

CHANNELS = (32, 64, 128, 512)
KEPT = (16, 32, 64, 160)  # channels of each level that AFSS keeps
WIDTH = (32, 64, 128, 320)  # of each level's autoencoder
BLOCKS = (1, 1, 2, 2)
FEATURE, ARD_CHANNELS, DISCRIMINATOR, CURVATURE = 64, 128, 64, 0.01


def hyperplane_logits(u, points, normals, c):
    """The fused form of hyp/hyperplane/hyperplane.h: u [..., D], points and normals [K, D] -> [..., K]."""
    sc = math.sqrt(c)
    length = normals.norm(dim=1)
    unit = normals / length[:, None]
    gap = 1 - c * points.square().sum(1)
    offset = 2 * sc * (points * unit).sum(1) / gap
    t = 2 * sc * u.norm(dim=-1, keepdim=True).clamp_min(1e-12)
    sinhc = torch.sinh(t) / t
    s = 2 * sc * sinhc * (u @ unit.T) - offset * (torch.cosh(t) - 2 * c * sinhc * (u @ points.T))
    return 2 * length / gap / sc * torch.asinh(s)


def conv(inputs, outputs, kernel, stride=1, groups=1, bias=False):
    return nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, groups=groups, bias=bias)


def conv_norm_relu(inputs, outputs, kernel, stride=1, groups=1):
    return nn.Sequential(conv(inputs, outputs, kernel, stride, groups), nn.BatchNorm2d(outputs),
                         nn.ReLU(inplace=True))


class Block(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.first = conv_norm_relu(inputs, outputs, 3, stride)
        self.second = nn.Sequential(conv(outputs, outputs, 3), nn.BatchNorm2d(outputs))
        self.shortcut = nn.Identity()
        if inputs != outputs or stride != 1:
            self.shortcut = nn.Sequential(conv(inputs, outputs, 1, stride), nn.BatchNorm2d(outputs))

    def forward(self, x):
        return F.relu(self.second(self.first(x)) + self.shortcut(x), inplace=True)


class Backbone(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Sequential(conv_norm_relu(3, 16, 3, 2), conv_norm_relu(16, 32, 3, 2))
        self.stages = nn.ModuleList()
        inputs = 32
        for stage, (outputs, blocks) in enumerate(zip(CHANNELS, BLOCKS)):
            layers = []
            for i in range(blocks):
                layers.append(Block(inputs, outputs, 2 if stage > 0 and i == 0 else 1))
                inputs = outputs
            self.stages.append(nn.Sequential(*layers))

    def forward(self, image):
        x, levels = self.stem(image), []
        for stage in self.stages:
            x = stage(x)
            levels.append(x)
        return levels


def resize(x, size):
    return F.interpolate(x, size=size, mode="bilinear", align_corners=False)


class Head(nn.Module):
    def __init__(self, classes):
        super().__init__()
        self.lateral = nn.ModuleList(conv(channels, FEATURE, 1) for channels in CHANNELS)
        self.sum_norm = nn.BatchNorm2d(FEATURE)
        self.depthwise = conv_norm_relu(FEATURE, FEATURE, 3, groups=FEATURE)
        self.pointwise = conv(FEATURE, FEATURE, 1, bias=True)
        self.points = nn.Parameter(torch.zeros(classes, FEATURE))
        bound = 0.25 * math.sqrt(6 / (FEATURE + classes))
        self.normals = nn.Parameter(torch.empty(classes, FEATURE).uniform_(-bound, bound))

    def forward(self, levels):
        merged = self.lateral[0](levels[0])
        for lateral, level in zip(self.lateral[1:], levels[1:]):
            merged = merged + resize(lateral(level), merged.shape[2:])
        u = self.pointwise(self.depthwise(F.relu(self.sum_norm(merged), inplace=True)))
        logits = hyperplane_logits(u.permute(0, 2, 3, 1), self.points, self.normals, CURVATURE)
        return logits.permute(0, 3, 1, 2)


class Autoencoder(nn.Module):
    def __init__(self, kept, width):
        super().__init__()
        self.encode = nn.Sequential(conv_norm_relu(kept, width, 3, 2),
                                    conv_norm_relu(width, width, 3, 2))
        self.decode = conv(width, kept, 3, bias=True)

    def forward(self, x):
        return self.decode(resize(self.encode(x), x.shape[2:]))


class Discriminator(nn.Module):
    def __init__(self, classes):
        super().__init__()
        self.score = nn.BatchNorm2d(sum(KEPT), affine=False)
        width = DISCRIMINATOR
        self.mix = nn.Sequential(conv_norm_relu(ARD_CHANNELS + classes, width, 1),
                                 conv_norm_relu(width, width, 3, groups=width),
                                 conv_norm_relu(width, width, 1),
                                 conv_norm_relu(width, width, 3, groups=width),
                                 conv_norm_relu(width, width, 1))
        self.classify = conv(width, classes, 1, bias=True)
        nn.init.zeros_(self.classify.weight)

    def ard_select(self, residual):
        """ARD: per image the channels with the largest maximum, and those with the largest mean."""
        with torch.no_grad():
            scores = self.score(residual)
            chosen = torch.cat([measure.topk(ARD_CHANNELS // 2, dim=1).indices
                                for measure in (scores.amax((2, 3)), scores.mean((2, 3)))], 1)
        batch, _, height, width = residual.shape
        return residual.gather(1, chosen[:, :, None, None].expand(batch, ARD_CHANNELS, height, width))

    def forward(self, residual, head_logits):
        x = torch.cat([self.ard_select(residual), head_logits], 1)
        return self.classify(self.mix(x)) + head_logits


class Compact(nn.Module):
    def __init__(self, classes):
        super().__init__()
        self.backbone, self.head = Backbone(), Head(classes)
        self.autoencoders = nn.ModuleList(map(Autoencoder, KEPT, WIDTH))
        self.discriminator = Discriminator(classes)
        for i, (channels, kept) in enumerate(zip(CHANNELS, KEPT)):
            self.register_buffer(f"selected{i}", torch.randperm(channels)[:kept].sort().values)
            self.register_buffer(f"mean{i}", torch.zeros(1, kept, 1, 1))
            self.register_buffer(f"scale{i}", torch.ones(1, kept, 1, 1))

    def reduce(self, levels):
        """The channels that AFSS keeps, standardised."""
        kept = [level.index_select(1, getattr(self, f"selected{i}"))
                for i, level in enumerate(levels)]
        return [(x - getattr(self, f"mean{i}")) * getattr(self, f"scale{i}")
                for i, x in enumerate(kept)]

    def discriminate(self, levels, head_logits):
        """The final logits, and what the autoencoders rebuilt."""
        reduced, size = self.reduce(levels), levels[0].shape[2:]
        rebuilt = [encode(x) for encode, x in zip(self.autoencoders, reduced)]
        gamma = [(x - y).square().log1p() for x, y in zip(reduced, rebuilt)]
        residual = torch.cat([gamma[0]] + [resize(x, size) for x in gamma[1:]], 1)
        return self.discriminator(residual, head_logits), rebuilt

    def forward(self, image):
        """Inference: logits at the image's size."""
        levels = self.backbone(image)
        logits, _ = self.discriminate(levels, self.head(levels))
        return resize(logits, image.shape[2:])

    def stage_1_loss(self, image, labels):
        return segmentation_loss(self.head(self.backbone(image)), labels)

    def stage_3_loss(self, image, twin, labels):
        with torch.no_grad():
            levels = self.backbone(image)
            targets = self.reduce(self.backbone(twin))
            head_logits = self.head(levels)
        logits, rebuilt = self.discriminate(levels, head_logits)
        return segmentation_loss(logits, labels) + sum(map(F.mse_loss, rebuilt, targets))

    def trained_in(self, stage):
        """Set up a stage: what it does not train is frozen, batch norms included."""
        first = stage == 1
        parts = [(self.backbone, first), (self.head, first), (self.autoencoders, not first),
                 (self.discriminator, not first)]
        for part, trained in parts:
            part.train(trained).requires_grad_(trained)
        return [p for p in self.parameters() if p.requires_grad]


def soft_dice(logits, labels):
    """autograd/segmentation_loss.c: the mean over the classes that are there."""
    p = logits.softmax(1)
    y = F.one_hot(labels, logits.shape[1]).permute(0, 3, 1, 2).to(p.dtype)
    there = y.sum((0, 2, 3)) > 0
    common, size = (p * y).sum((0, 2, 3)), (p + y).sum((0, 2, 3))
    loss = torch.where(there, 1 - (2 * common + 1) / (size + 1), 0)
    return loss.sum() / there.sum()


def segmentation_loss(logits, labels):
    logits = resize(logits, labels.shape[1:])
    weights = torch.ones(logits.shape[1], device=logits.device)
    return F.cross_entropy(logits, labels, weights) + soft_dice(logits, labels)
