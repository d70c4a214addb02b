"""A small model for every class of keras.layers, or why there is none."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from keras_sweep.case import Case

MAP, SERIES, ROW = ((8, 8, 4),), ((10, 6),), ((12,),)
VOLUME = ((6, 6, 6, 3),)
IMAGE = ((16, 16, 3),)
TWO_ROWS, TWO_SERIES = ((12,), (12,)), ((8, 6), (10, 6))
TWO_MAPS = ((8, 8, 4), (8, 8, 4))


def _layer(name: str, *args: Any, **chosen: Any) -> Any:
    return lambda k, x: getattr(k.layers, name)(*args, **chosen)(x)


def on(shapes: tuple[tuple[int, ...], ...], name: str, *args: Any, **chosen: Any) -> Case:
    """The layer behind a Dense layer."""
    return Case(_layer(name, *args, **chosen), shapes)


def image(name: str, *args: Any, **chosen: Any) -> Case:
    """A layer of preprocessing on an image of 0 to 255, and a convolution behind it."""

    def body(k: Any, x: Any) -> Any:
        y = getattr(k.layers, name)(*args, **chosen)(x)
        return k.layers.Conv2D(4, 3)(k.layers.Rescaling(1 / 255)(y))

    return Case(body, IMAGE, low=0, high=255, stem=False)


def recurrent(name: str, *args: Any, **chosen: Any) -> Case:
    return on(((8, 5),), name, *args, **chosen)


def cell(name: str) -> Case:
    return Case(lambda k, x: k.layers.RNN(getattr(k.layers, name)(6))(x), ((8, 5),))


def integers(
    name: str, shapes: tuple[tuple[int, ...], ...], high: int, *args: Any, **chosen: Any
) -> Case:
    """A layer that reads integers from 0 to below `high`."""
    return Case(_layer(name, *args, **chosen), shapes, "int32", 0, high, stem=False)


CASES: Mapping[str, Case] = {
    "Activation": on(MAP, "Activation", "relu"),
    "ActivityRegularization": on(MAP, "ActivityRegularization", 0.1),
    "AdaptiveAveragePooling1D": on(SERIES, "AdaptiveAveragePooling1D", 5),
    "AdaptiveAveragePooling2D": on(MAP, "AdaptiveAveragePooling2D", (4, 2)),
    "AdaptiveAveragePooling3D": on(VOLUME, "AdaptiveAveragePooling3D", 2),
    "AdaptiveMaxPooling1D": on(SERIES, "AdaptiveMaxPooling1D", 5),
    "AdaptiveMaxPooling2D": on(MAP, "AdaptiveMaxPooling2D", (4, 2)),
    "AdaptiveMaxPooling3D": on(VOLUME, "AdaptiveMaxPooling3D", 2),
    "Add": on(TWO_MAPS, "Add"),
    "AdditiveAttention": on(TWO_SERIES, "AdditiveAttention"),
    "AlphaDropout": on(MAP, "AlphaDropout", 0.2),
    "Attention": on(TWO_SERIES, "Attention"),
    "AugMix": image("AugMix"),
    "AutoContrast": image("AutoContrast"),
    "Average": on(TWO_MAPS, "Average"),
    "AveragePooling1D": on(SERIES, "AveragePooling1D", 2),
    "AveragePooling2D": on(MAP, "AveragePooling2D", 2),
    "AveragePooling3D": on(VOLUME, "AveragePooling3D", 2),
    "BatchNormalization": on(MAP, "BatchNormalization"),
    "Bidirectional": Case(lambda k, x: k.layers.Bidirectional(k.layers.LSTM(6))(x), ((8, 5),)),
    "CategoryEncoding": integers("CategoryEncoding", ((4,),), 6, 6, "multi_hot"),
    "CenterCrop": image("CenterCrop", 12, 10),
    "Concatenate": on(TWO_MAPS, "Concatenate"),
    "Conv1D": on(SERIES, "Conv1D", 5, 3),
    "Conv1DTranspose": on(SERIES, "Conv1DTranspose", 5, 3, 2),
    "Conv2D": on(MAP, "Conv2D", 5, 3, activation="relu"),
    "Conv2DTranspose": on(MAP, "Conv2DTranspose", 5, 3, 2, "same"),
    "Conv3D": on(VOLUME, "Conv3D", 4, 3),
    "Conv3DTranspose": on(VOLUME, "Conv3DTranspose", 4, 3, 2),
    "ConvLSTM1D": on(((4, 8, 3),), "ConvLSTM1D", 3, 3),
    "ConvLSTM2D": on(((4, 6, 6, 2),), "ConvLSTM2D", 3, 3),
    "ConvLSTM3D": on(((3, 4, 4, 4, 2),), "ConvLSTM3D", 2, 3),
    "Cropping1D": on(SERIES, "Cropping1D", (1, 2)),
    "Cropping2D": on(MAP, "Cropping2D", ((1, 2), (0, 1))),
    "Cropping3D": on(VOLUME, "Cropping3D", 1),
    "CutMix": image("CutMix"),
    "Dense": on(ROW, "Dense", 7, activation="relu"),
    "DepthwiseConv1D": on(SERIES, "DepthwiseConv1D", 3),
    "DepthwiseConv2D": on(MAP, "DepthwiseConv2D", 3),
    "Discretization": Case(_layer("Discretization", [-0.5, 0.0, 0.5]), ROW, stem=False),
    "Dot": on(TWO_SERIES, "Dot", 2),
    "Dropout": on(MAP, "Dropout", 0.3),
    "ELU": on(MAP, "ELU"),
    "EinsumDense": on(SERIES, "EinsumDense", "abc,cd->abd", (None, 7), bias_axes="d"),
    "Embedding": integers("Embedding", ((10,),), 30, 30, 8),
    "Equalization": image("Equalization"),
    "Flatten": on(MAP, "Flatten"),
    "GRU": recurrent("GRU", 6),
    "GRUCell": cell("GRUCell"),
    "GaussianDropout": on(MAP, "GaussianDropout", 0.3),
    "GaussianNoise": on(MAP, "GaussianNoise", 0.1),
    "GlobalAveragePooling1D": on(SERIES, "GlobalAveragePooling1D"),
    "GlobalAveragePooling2D": on(MAP, "GlobalAveragePooling2D"),
    "GlobalAveragePooling3D": on(VOLUME, "GlobalAveragePooling3D"),
    "GlobalMaxPooling1D": on(SERIES, "GlobalMaxPooling1D"),
    "GlobalMaxPooling2D": on(MAP, "GlobalMaxPooling2D"),
    "GlobalMaxPooling3D": on(VOLUME, "GlobalMaxPooling3D"),
    "GroupNormalization": on(MAP, "GroupNormalization", 2),
    "GroupQueryAttention": Case(
        lambda k, x: k.layers.GroupQueryAttention(4, 4, 2)(x, x), ((8, 6),)
    ),
    "HashedCrossing": Case(
        lambda k, x: k.layers.HashedCrossing(5)((x[0], x[1])), ((1,), (1,)), "int32", 0, 9, False
    ),
    "Hashing": integers("Hashing", ((4,),), 50, 8),
    "Identity": on(MAP, "Identity"),
    "InputLayer": Case(lambda k, x: k.layers.Dense(3)(x), ROW, stem=False),
    "IntegerLookup": integers("IntegerLookup", ((4,),), 12, vocabulary=[3, 5, 7, 11]),
    "LSTM": recurrent("LSTM", 6),
    "LSTMCell": cell("LSTMCell"),
    "Lambda": on(MAP, "Lambda", lambda x: x * 2.0 + 1.0),
    "LayerNormalization": on(MAP, "LayerNormalization"),
    "LeakyReLU": on(MAP, "LeakyReLU"),
    "Masking": Case(lambda k, x: k.layers.Dense(3)(k.layers.Masking(0.0)(x)), SERIES, stem=False),
    "MaxPooling1D": on(SERIES, "MaxPooling1D", 2),
    "MaxPooling2D": on(MAP, "MaxPooling2D", 2),
    "MaxPooling3D": on(VOLUME, "MaxPooling3D", 2),
    "Maximum": on(TWO_MAPS, "Maximum"),
    "MelSpectrogram": Case(
        _layer("MelSpectrogram", 64, 32, 64, sampling_rate=1000, num_mel_bins=8, max_freq=500),
        ((256,),),
        stem=False,
    ),
    "Minimum": on(TWO_MAPS, "Minimum"),
    "MixUp": image("MixUp"),
    "MultiHeadAttention": Case(lambda k, x: k.layers.MultiHeadAttention(2, 4)(x, x), ((8, 6),)),
    "Multiply": on(TWO_MAPS, "Multiply"),
    "Normalization": Case(
        _layer("Normalization", mean=[0.1, -0.2, 0.3, 0.0], variance=[0.5, 2.0, 1.0, 0.3]),
        MAP,
        stem=False,
    ),
    "PReLU": on(MAP, "PReLU", alpha_initializer="glorot_uniform", shared_axes=(1, 2)),
    "Permute": on(MAP, "Permute", (3, 1, 2)),
    "Pipeline": Case(
        lambda k, x: k.layers.Pipeline([k.layers.Rescaling(2.0), k.layers.Resizing(6, 6)])(x),
        MAP,
        stem=False,
    ),
    "RMSNormalization": on(MAP, "RMSNormalization"),
    "RNN": cell("SimpleRNNCell"),
    "RandAugment": image("RandAugment"),
    "RandomBrightness": image("RandomBrightness", 0.2),
    "RandomColorDegeneration": image("RandomColorDegeneration", 0.2),
    "RandomColorJitter": image("RandomColorJitter", brightness_factor=0.2),
    "RandomContrast": image("RandomContrast", 0.2),
    "RandomCrop": image("RandomCrop", 12, 12),
    "RandomElasticTransform": image("RandomElasticTransform"),
    "RandomErasing": image("RandomErasing"),
    "RandomFlip": image("RandomFlip"),
    "RandomGaussianBlur": image("RandomGaussianBlur"),
    "RandomGrayscale": image("RandomGrayscale"),
    "RandomHue": image("RandomHue", 0.2, (0, 255)),
    "RandomInvert": image("RandomInvert"),
    "RandomPerspective": image("RandomPerspective"),
    "RandomPosterization": image("RandomPosterization", 4),
    "RandomRotation": image("RandomRotation", 0.1),
    "RandomSaturation": image("RandomSaturation", 0.2),
    "RandomSharpness": image("RandomSharpness", 0.2),
    "RandomShear": image("RandomShear", 0.1, 0.1),
    "RandomTranslation": image("RandomTranslation", 0.1, 0.1),
    "RandomZoom": image("RandomZoom", 0.1),
    "ReLU": on(MAP, "ReLU", 6.0, 0.1, 0.1),
    "RepeatVector": on(ROW, "RepeatVector", 4),
    "Rescaling": Case(_layer("Rescaling", 1 / 127.5, -1.0), MAP, low=0, high=255, stem=False),
    "Reshape": on(MAP, "Reshape", (16, 16)),
    "Resizing": image("Resizing", 12, 10),
    "ReversibleEmbedding": integers("ReversibleEmbedding", ((10,),), 30, 30, 8),
    "STFTSpectrogram": Case(
        _layer("STFTSpectrogram", "magnitude", 64, 32, 64), ((256, 1),), stem=False
    ),
    "SeparableConv1D": on(SERIES, "SeparableConv1D", 5, 3),
    "SeparableConv2D": on(MAP, "SeparableConv2D", 5, 3),
    "SimpleRNN": recurrent("SimpleRNN", 6),
    "SimpleRNNCell": cell("SimpleRNNCell"),
    "Softmax": on(ROW, "Softmax"),
    "Solarization": image("Solarization"),
    "SpatialDropout1D": on(SERIES, "SpatialDropout1D", 0.3),
    "SpatialDropout2D": on(MAP, "SpatialDropout2D", 0.3),
    "SpatialDropout3D": on(VOLUME, "SpatialDropout3D", 0.3),
    "SpectralNormalization": Case(
        lambda k, x: k.layers.SpectralNormalization(k.layers.Conv2D(5, 3))(x), MAP
    ),
    "StackedRNNCells": Case(
        lambda k, x: k.layers.RNN(
            k.layers.StackedRNNCells([k.layers.SimpleRNNCell(5), k.layers.SimpleRNNCell(4)])
        )(x),
        ((8, 5),),
    ),
    "StringLookup": Case(
        lambda k, x: k.layers.StringLookup(vocabulary=["a", "b"])(x), ((4,),), "string", stem=False
    ),
    "Subtract": on(TWO_MAPS, "Subtract"),
    "TextVectorization": Case(
        lambda k, x: k.layers.TextVectorization(vocabulary=["a", "b"], output_sequence_length=4)(x),
        ((1,),),
        "string",
        stem=False,
    ),
    "TimeDistributed": Case(
        lambda k, x: k.layers.TimeDistributed(k.layers.Conv2D(3, 3))(x), ((3, 8, 8, 2),)
    ),
    "UnitNormalization": on(ROW, "UnitNormalization"),
    "UpSampling1D": on(SERIES, "UpSampling1D"),
    "UpSampling2D": on(MAP, "UpSampling2D"),
    "UpSampling3D": on(((4, 4, 4, 2),), "UpSampling3D"),
    "ZeroPadding1D": on(SERIES, "ZeroPadding1D", (1, 2)),
    "ZeroPadding2D": on(MAP, "ZeroPadding2D", ((1, 2), (0, 1))),
    "ZeroPadding3D": on(VOLUME, "ZeroPadding3D"),
}
"""Class of keras.layers -> its model; other names of a class have no case of their own."""

NO_MODEL: Mapping[str, str] = {
    "Layer": "the class that layers are made of",
    "Wrapper": "the class that wrapping layers are made of",
    "FlaxLayer": "holds a model of another framework, JAX",
    "JaxLayer": "holds a model of another framework, JAX",
    "TorchModuleWrapper": "holds a model of another framework, PyTorch",
    "TFSMLayer": "holds a SavedModel; convert that one",
    "ContrastLimitedAdaptiveHistogramEqualization": (
        "counts grey levels, which int8 leaves too few of: equalize images in your program"
    ),
    "MaxNumBoundingBoxes": "changes labels, for training alone",
}
"""Classes without a model of their own -> why."""
