"""Metrics of model outputs: accuracy, AUC, agreement and error, on NumPy arrays."""

from edgeq.metrics.array import Array
from edgeq.metrics.classification import accuracy, agreement, confusion_matrix, predicted_classes
from edgeq.metrics.difference import mean_abs_error, mean_squared_error, sample_errors
from edgeq.metrics.labels import check_classes, is_autoencoder, is_one_hot
from edgeq.metrics.roc_auc import auc, auc_scores, group_means
from edgeq.metrics.scoring import METRICS, default_metric, score

__all__ = [
    "METRICS",
    "Array",
    "accuracy",
    "agreement",
    "auc",
    "auc_scores",
    "check_classes",
    "confusion_matrix",
    "default_metric",
    "group_means",
    "is_autoencoder",
    "is_one_hot",
    "mean_abs_error",
    "mean_squared_error",
    "predicted_classes",
    "sample_errors",
    "score",
]
