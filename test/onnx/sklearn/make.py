"""Writes MLPs of scikit-learn as ONNX files, in the form that skl2onnx writes them, with what scikit-learn predicts.

python3 make.py FOLDER, with scikit-learn and onnx.
"""
import json
import sys

import numpy as np

for name in ("bool", "object"):  # which older versions of onnx still ask for
    if not hasattr(np, name):
        setattr(np, name, getattr(__builtins__, name))

from onnx import TensorProto, ValueInfoProto, helper, numpy_helper, save
from sklearn.datasets import load_breast_cancer, load_diabetes, load_wine
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.preprocessing import StandardScaler

ACTIVATIONS = {"identity": "Identity", "tanh": "Tanh", "logistic": "Sigmoid", "relu": "Relu", "softmax": "Softmax"}


def forward(model, nodes, weights):
    """Nodes from the input 'X' to the result of the last activation, whose name is returned."""
    nodes.append(helper.make_node("Cast", ["X"], ["cast_input"], to=TensorProto.FLOAT))
    at = "cast_input"
    for i in range(model.n_layers_ - 1):
        end = "" if i == 0 else str(i)
        weights.append(numpy_helper.from_array(model.coefs_[i].astype(np.float32), "coefficient" + end))
        weights.append(numpy_helper.from_array(model.intercepts_[i].astype(np.float32)[None], "intercepts" + end))
        nodes.append(helper.make_node("MatMul", [at, "coefficient" + end], ["mul_result" + end]))
        nodes.append(helper.make_node("Add", ["mul_result" + end, "intercepts" + end], ["add_result" + end]))
        is_last = i == model.n_layers_ - 2
        kind = model.out_activation_ if is_last else model.activation
        at = "out_activations_result" if is_last else "next_activations" + end
        nodes.append(helper.make_node(ACTIVATIONS[kind], ["add_result" + end], [at]))
    return at


def classifier(model, nodes, weights):
    """The probabilities, the label, and the list of maps that a ZipMap makes."""
    at = forward(model, nodes, weights)
    if len(model.classes_) == 2:
        weights.append(numpy_helper.from_array(np.array(1, np.float32), "unity"))
        nodes.append(helper.make_node("Sub", ["unity", at], ["negative_class_proba"]))
        nodes.append(helper.make_node("Concat", ["negative_class_proba", at], ["probabilities"], axis=1))
    else:
        nodes.append(helper.make_node("Identity", [at], ["probabilities"]))
    weights.append(helper.make_tensor("classes", TensorProto.STRING, [len(model.classes_)], [str(c).encode() for c in model.classes_]))
    nodes.append(helper.make_node("ArgMax", ["probabilities"], ["argmax_output"], axis=1))
    nodes.append(helper.make_node("ArrayFeatureExtractor", ["classes", "argmax_output"], ["array_feature_extractor_result"], domain="ai.onnx.ml"))
    weights.append(numpy_helper.from_array(np.array([-1], np.int64), "shape_tensor"))
    nodes.append(helper.make_node("Reshape", ["array_feature_extractor_result", "shape_tensor"], ["output_label"]))
    nodes.append(helper.make_node("ZipMap", ["probabilities"], ["output_probability"], domain="ai.onnx.ml", classlabels_strings=[str(c) for c in model.classes_]))
    maps = ValueInfoProto(name="output_probability")
    pairs = maps.type.sequence_type.elem_type.map_type
    pairs.key_type = TensorProto.STRING
    pairs.value_type.tensor_type.elem_type = TensorProto.FLOAT
    return [helper.make_tensor_value_info("output_label", TensorProto.STRING, [None]), maps]


def regressor(model, nodes, weights):
    at = forward(model, nodes, weights)
    weights.append(numpy_helper.from_array(np.array([-1, 1], np.int64), "shape_tensor"))
    nodes.append(helper.make_node("Reshape", [at, "shape_tensor"], ["variable"]))
    return [helper.make_tensor_value_info("variable", TensorProto.FLOAT, [None, 1])]


def write(name, model, x, predicted, ends):
    nodes, weights = [], []
    outputs = ends(model, nodes, weights)
    inputs = [helper.make_tensor_value_info("X", TensorProto.FLOAT, [None, x.shape[1]])]
    graph = helper.make_graph(nodes, name, inputs, outputs, weights)
    opsets = [helper.make_opsetid("", 15), helper.make_opsetid("ai.onnx.ml", 1)]
    save(helper.make_model(graph, producer_name="skl2onnx", opset_imports=opsets, ir_version=8), f"{sys.argv[1]}/{name}.onnx")
    json.dump({"x": x.tolist(), "y": predicted.tolist()}, open(f"{sys.argv[1]}/{name}.json", "w"))


def scaled(data):
    return StandardScaler().fit_transform(data.data).astype(np.float32), data.target


x, y = scaled(load_wine())
model = MLPClassifier([8, 6], activation="relu", max_iter=300, random_state=1).fit(x, np.array(["a", "b", "c"])[y])
write("wine", model, x[::30], model.predict_proba(x[::30]), classifier)
x, y = scaled(load_breast_cancer())
model = MLPClassifier([5], activation="logistic", max_iter=300, random_state=1).fit(x, y)
write("cancer", model, x[::100], model.predict_proba(x[::100]), classifier)
x, y = scaled(load_diabetes())
model = MLPRegressor([7], activation="tanh", max_iter=300, random_state=1).fit(x, y / 100)
write("diabetes", model, x[::90], model.predict(x[::90])[:, None], regressor)
