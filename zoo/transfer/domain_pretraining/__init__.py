"""Domain-adaptive pre-training: goes on training a source model on unlabelled rows, before any recipe."""

from __future__ import annotations

from zoo.transfer.domain_pretraining.autoencoder import masked_autoencoder as masked_autoencoder
from zoo.transfer.domain_pretraining.masked_language import masked_language_modeling as masked_language_modeling
from zoo.transfer.domain_pretraining.result import Pretrained as Pretrained
from zoo.transfer.domain_pretraining.sentences import sentence_pretraining as sentence_pretraining
