"""SPA, Semantic-guided Patch-level Alignment: the method, on tensors alone.

Its modules in the order to read them:

==============  =====================================================================================================
config          the settings, one set for every data set and backbone; the kinds of evidence
samples         what is given of a class: features of its photos, and its text
gaussians       sums of features, class Gaussians with a shared covariance, log-densities, pseudo-features
patches         patch selection: which patches tell a class from the others; where phrases lie among patches
transport       optimal transport between patches and phrases, with a dustbin (POT)
projectors      a pair of projectors a task: closed-form start, gradient steps
memory          what is kept of classes: no photo
scorer          five kinds of evidence, their sum, and the explanation of it
familiarity     which photos belong to none of the classes
calibration     weights of the evidence from held-out training photos
training        one task's training, step by step
learner         learn, top up, forget, merge, score, explain
exemplars       the photos that show a class to a writer of descriptions
precision       half precision for what is kept
learner_format  what the bytes of a learner hold; damaged ones refused, without torch
state           to bytes and back
==============  =====================================================================================================

The order of ideas follows Sun, Ding and Zhou, "Unlocking Patch-Level Features for CLIP-Based Class-Incremental
Learning" (arXiv 2605.13835, 2026). Only its abstract is public to us, so each formula here is ours unless its docstring
names another source.
"""
