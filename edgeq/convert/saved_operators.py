"""Which TensorFlow operators a SavedModel may hold: those that compute, and nothing that reaches
outside the graph.
"""

from __future__ import annotations

STRUCTURE = """
    Const Identity IdentityN NoOp Placeholder PlaceholderWithDefault PartitionedCall StatefulPartitionedCall
    StopGradient PreventGradient Snapshot CheckNumerics EnsureShape Assert Shape ShapeN Size Rank
    BroadcastArgs If StatelessIf While StatelessWhile Case StatelessCase Enter Exit Merge Switch NextIteration
    LoopCond VarHandleOp ReadVariableOp AssignVariableOp AssignAddVariableOp AssignSubVariableOp
    VarIsInitializedOp DisableCopyOnRead Variable VariableV2 Assign ResourceGather ResourceGatherNd
    ResourceScatterUpdate ResourceScatterAdd ResourceScatterSub ResourceScatterNdUpdate ResourceScatterNdAdd
    ResourceScatterNdSub ResourceStridedSliceAssign
    EmptyTensorList TensorListReserve TensorListFromTensor TensorListStack TensorListGetItem TensorListSetItem
    TensorListLength TensorListPushBack TensorListPopBack TensorListElementShape TensorListResize
    TensorListGather TensorListConcatV2
"""
SHAPES = """
    Reshape ExpandDims Squeeze Transpose ConjugateTranspose Concat ConcatV2 ConcatOffset Pack Unpack Stack Split
    SplitV Slice StridedSlice Gather GatherV2 GatherNd ScatterNd TensorScatterUpdate TensorScatterAdd
    TensorScatterMax TensorScatterMin TensorScatterSub TensorStridedSliceUpdate Tile BroadcastTo Pad PadV2
    MirrorPad Reverse ReverseV2 ReverseSequence Roll Range LinSpace Fill ZerosLike OnesLike OneHot Where Select
    SelectV2 MatrixDiag MatrixDiagV2 MatrixDiagV3 MatrixDiagPart MatrixDiagPartV2 MatrixDiagPartV3 MatrixSetDiag
    MatrixSetDiagV2 MatrixSetDiagV3 MatrixBandPart Diag DiagPart InvertPermutation Unique UniqueV2
    DynamicPartition DynamicStitch ParallelDynamicStitch BatchToSpace BatchToSpaceND SpaceToBatch SpaceToBatchND
    DepthToSpace SpaceToDepth Bitcast Cast
"""
ARITHMETIC = """
    Add AddV2 AddN AccumulateNV2 Sub Mul MulNoNan Div DivNoNan RealDiv TruncateDiv FloorDiv FloorMod Mod
    TruncateMod Maximum Minimum SquaredDifference Pow Square Sqrt Rsqrt Reciprocal Inv Neg Abs Sign Exp Expm1
    Log Log1p Floor Ceil Round Rint Sin Cos Tan Asin Acos Atan Atan2 Sinh Cosh Tanh Asinh Acosh Atanh Erf Erfc
    Erfinv Ndtri Lgamma Digamma Xlogy Xlog1py Xdivy ClipByValue Equal NotEqual Less LessEqual Greater
    GreaterEqual ApproximateEqual LogicalAnd LogicalOr LogicalNot IsNan IsInf IsFinite BitwiseAnd BitwiseOr
    BitwiseXor Invert LeftShift RightShift Sum Mean Prod Max Min Any All ArgMax ArgMin EuclideanNorm Cumsum
    Cumprod CumulativeLogsumexp TopK TopKV2 InTopK InTopKV2 SegmentSum SegmentMean SegmentMax SegmentMin
    SegmentProd UnsortedSegmentSum UnsortedSegmentMax UnsortedSegmentMin UnsortedSegmentProd Bincount
    DenseBincount Bucketize MatMul BatchMatMul BatchMatMulV2 BatchMatMulV3 Einsum Cross MatrixInverse
    MatrixDeterminant Cholesky Complex ComplexAbs Real Imag Conj Angle L2Loss
"""
LAYERS = """
    BiasAdd BiasAddV1 Conv2D Conv3D DepthwiseConv2dNative Conv2DBackpropInput Conv3DBackpropInputV2 Dilation2D
    MaxPool MaxPoolV2 MaxPool3D MaxPoolWithArgmax AvgPool AvgPool3D FractionalAvgPool FusedBatchNorm
    FusedBatchNormV2 FusedBatchNormV3 BatchNormWithGlobalNormalization LRN Relu Relu6 LeakyRelu Elu Selu
    Softplus Softsign Sigmoid Softmax LogSoftmax ResizeBilinear ResizeNearestNeighbor ResizeBicubic ResizeArea
    CropAndResize ExtractImagePatches AdjustContrastv2 AdjustHue AdjustSaturation RGBToHSV HSVToRGB
    ImageProjectiveTransformV2 ImageProjectiveTransformV3 NonMaxSuppression NonMaxSuppressionV2
    NonMaxSuppressionV3 NonMaxSuppressionV4 NonMaxSuppressionV5 CombinedNonMaxSuppression FFT FFT2D IFFT RFFT
    RFFT2D IRFFT AudioSpectrogram Mfcc FakeQuantWithMinMaxArgs FakeQuantWithMinMaxVars
    FakeQuantWithMinMaxVarsPerChannel QuantizeAndDequantizeV2 QuantizeAndDequantizeV3 QuantizeAndDequantizeV4
    LSTMBlockCell BlockLSTM BlockLSTMV2 GRUBlockCell
"""
RANDOM = """
    RandomUniform RandomUniformInt RandomStandardNormal TruncatedNormal RandomShuffle Multinomial
    StatelessRandomUniform StatelessRandomUniformV2 StatelessRandomUniformInt StatelessRandomUniformIntV2
    StatelessRandomUniformFullInt StatelessRandomUniformFullIntV2 StatelessRandomNormal
    StatelessRandomNormalV2 StatelessTruncatedNormal StatelessTruncatedNormalV2 StatelessRandomGetKeyCounter
    StatelessRandomGetAlg StatelessRandomGetKeyCounterAlg StatelessMultinomial StatelessShuffle
    StatefulUniform StatefulUniformInt StatefulUniformFullInt StatefulStandardNormalV2 StatefulTruncatedNormal
    RngReadAndSkip RngSkip NonDeterministicInts
"""
TRAINING = """
    CudnnRNN CudnnRNNV2 CudnnRNNV3 CudnnRNNParamsSize BroadcastGradientArgs SoftmaxCrossEntropyWithLogits
    SparseSoftmaxCrossEntropyWithLogits ResourceApplyGradientDescent ResourceApplyMomentum
    ResourceApplyKerasMomentum ResourceApplyAdam ResourceApplyAdamWithAmsgrad ResourceApplyAdagrad
    ResourceApplyAdagradV2 ResourceApplyAdadelta ResourceApplyRMSProp ResourceApplyCenteredRMSProp
    ResourceApplyFtrl ResourceApplyFtrlV2 ApplyGradientDescent
    ApplyMomentum ApplyAdam ApplyAdagrad ApplyRMSProp AssignAdd AssignSub
"""
GRADIENTS = (
    "Grad",
    "GradV2",
    "GradV3",
    "GradGrad",
    "Backprop",
    "BackpropV2",
    "BackpropV3",
    "BackpropFilter",
    "BackpropFilterV2",
    "BackpropInput",
    "BackpropInputV2",
)
"""How names of gradients end; what goes on inside of them is arithmetic."""

COMPUTING = frozenset(f"{STRUCTURE} {SHAPES} {ARITHMETIC} {LAYERS} {RANDOM}".split())
"""Allowed in what is run."""
SAVING = frozenset(
    "SaveV2 RestoreV2 MergeV2Checkpoints ShardedFilename StringJoin StaticRegexFullMatch".split()
)
"""Allowed beside `COMPUTING` in the saver that every SavedModel carries, which is never run."""
FOR_TRAINING = frozenset(TRAINING.split())
"""Allowed beside `COMPUTING` in functions that no one runs here, with all gradients."""


def computes(op: str) -> bool:
    """Whether an operator may be run."""
    return op in COMPUTING


def saves(op: str) -> bool:
    """Whether an operator may be in the saver."""
    return op in COMPUTING or op in SAVING


def trains(op: str) -> bool:
    """Whether an operator may be in functions that are not run."""
    return op in COMPUTING or op in FOR_TRAINING or op.endswith(GRADIENTS)
