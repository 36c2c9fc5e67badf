#!/usr/bin/python3
"""Writes one small network in the layouts of many versions of Keras, with h5py and NumPy alone.

Run in this folder; needs Debian's python3-h5py. expected.json holds an input and what the network
makes of it, computed here in float64. The layouts follow what Keras 2.0 to 2.15 and 3 write.
"""
import io
import json
import zipfile

import h5py
import numpy as np

random = np.random.RandomState(7)
KERNEL = random.uniform(-0.5, 0.5, (3, 3, 2, 3)).astype("float32")
BIAS = random.uniform(-0.1, 0.1, 3).astype("float32")
DENSE = random.uniform(-0.5, 0.5, (12, 4)).astype("float32")
DENSE_BIAS = random.uniform(-0.1, 0.1, 4).astype("float32")
X = random.uniform(0, 1, (2, 6, 6, 2)).astype("float32")
WEIGHTS = {"conv2d": {"kernel": KERNEL, "bias": BIAS}, "max_pooling2d": {}, "flatten": {},
           "dense": {"kernel": DENSE, "bias": DENSE_BIAS}}


def predict(x):
    kernel, dense = KERNEL.astype("float64"), DENSE.astype("float64")
    rows = []
    for image in x.astype("float64"):
        features = np.zeros((4, 4, 3))
        for i in range(4):
            for j in range(4):
                patch = image[i:i + 3, j:j + 3, :]
                features[i, j] = np.tensordot(patch, kernel, 3) + BIAS
        features = np.maximum(features, 0)
        pooled = features.reshape(2, 2, 2, 2, 3).max(axis=(1, 3))
        scores = pooled.reshape(-1) @ dense + DENSE_BIAS
        powers = np.exp(scores - scores.max())
        rows.append(powers / powers.sum())
    return np.array(rows)


def scaling(scale, mode, distribution):
    return {"class_name": "VarianceScaling",
            "config": {"scale": scale, "mode": mode, "distribution": distribution, "seed": None}}


def zeros():
    return {"class_name": "Zeros", "config": {}}


def layers_2(input_layer):
    """Keras 2: batch_input_shape on the first layer, behind an InputLayer since TensorFlow 2.2."""
    glorot = scaling(1.0, "fan_avg", "uniform")
    conv = {"name": "conv2d", "trainable": True, "batch_input_shape": [None, 6, 6, 2],
            "dtype": "float32", "filters": 3, "kernel_size": [3, 3], "strides": [1, 1],
            "padding": "valid", "data_format": "channels_last", "dilation_rate": [1, 1],
            "activation": "relu", "use_bias": True, "kernel_initializer": glorot,
            "bias_initializer": zeros(), "kernel_regularizer": None, "bias_regularizer": None,
            "activity_regularizer": None, "kernel_constraint": None, "bias_constraint": None}
    pool = {"name": "max_pooling2d", "trainable": True, "pool_size": [2, 2], "padding": "valid",
            "strides": [2, 2], "data_format": "channels_last"}
    flatten = {"name": "flatten", "trainable": True}
    dense = {"name": "dense", "trainable": True, "units": 4, "activation": "softmax",
             "use_bias": True, "kernel_initializer": glorot, "bias_initializer": zeros(),
             "kernel_regularizer": None, "bias_regularizer": None, "activity_regularizer": None,
             "kernel_constraint": None, "bias_constraint": None}
    layers = [{"class_name": "Conv2D", "config": conv},
              {"class_name": "MaxPooling2D", "config": pool},
              {"class_name": "Flatten", "config": flatten},
              {"class_name": "Dense", "config": dense}]
    if input_layer:
        layers.insert(0, {"class_name": "InputLayer",
                          "config": {"batch_input_shape": [None, 6, 6, 2], "dtype": "float32",
                                     "sparse": False, "ragged": False, "name": "conv2d_input"}})
    return layers


def layers_3():
    """Keras 3: modules, build configurations, policies instead of types."""
    policy = {"module": "keras", "class_name": "DTypePolicy", "config": {"name": "float32"},
              "registered_name": None}

    def initializer(name, config):
        return {"module": "keras.initializers", "class_name": name, "config": config,
                "registered_name": None}

    def layer(name, config, built=None):
        item = {"module": "keras.layers", "class_name": name, "config": config,
                "registered_name": None}
        if built:
            item["build_config"] = {"input_shape": built}
        return item

    common = {"trainable": True, "dtype": policy}
    arrays = {"use_bias": True,
              "kernel_initializer": initializer("GlorotUniform", {"seed": None}),
              "bias_initializer": initializer("Zeros", {}), "kernel_regularizer": None,
              "bias_regularizer": None, "activity_regularizer": None, "kernel_constraint": None,
              "bias_constraint": None}
    return [
        layer("InputLayer", {"batch_shape": [None, 6, 6, 2], "dtype": "float32", "sparse": False,
                             "ragged": False, "name": "input_layer"}),
        layer("Conv2D", {"name": "conv2d", **common, "filters": 3, "kernel_size": [3, 3],
                         "strides": [1, 1], "padding": "valid", "data_format": "channels_last",
                         "dilation_rate": [1, 1], "groups": 1, "activation": "relu", **arrays},
              [None, 6, 6, 2]),
        layer("MaxPooling2D", {"name": "max_pooling2d", **common, "pool_size": [2, 2],
                               "padding": "valid", "strides": [2, 2],
                               "data_format": "channels_last"}),
        layer("Flatten", {"name": "flatten", **common, "data_format": "channels_last"}),
        layer("Dense", {"name": "dense", **common, "units": 4, "activation": "softmax", **arrays,
                        "quantization_config": None}, [None, 12])]


def training(optimizer, config, keras_3=False):
    settings = {"loss": "categorical_crossentropy", "loss_weights": None, "metrics": ["accuracy"],
                "weighted_metrics": None}
    if keras_3:
        settings.update({"run_eagerly": False, "steps_per_execution": 1, "jit_compile": False})
    settings["optimizer_config"] = {"class_name": optimizer, "config": config}
    return settings


def fixed(names):
    return np.array([name.encode() for name in names])


def variable(names):
    return np.array(names, dtype=h5py.string_dtype("ascii")) if names else np.array([])


def write_weights(parent, names_of, strings=fixed, dataset=None, split=None, **attributes):
    """The groups of a legacy file. names_of(layer, weight) is the path of a weight."""
    def names_attribute(group, key, names):
        if not names:
            group.attrs[key] = np.array([])
        elif split and len(names) > split:
            for part in range(0, len(names), split):
                group.attrs["%s%d" % (key, part // split)] = strings(names[part:part + split])
        else:
            group.attrs[key] = strings(names)

    names_attribute(parent, "layer_names", list(WEIGHTS))
    for key, value in attributes.items():
        parent.attrs[key] = value
    for layer in sorted(WEIGHTS):
        group = parent.create_group(layer)
        names = [names_of(layer, weight) for weight in WEIGHTS[layer]]
        names_attribute(group, "weight_names", names)
        for name, value in zip(names, WEIGHTS[layer].values()):
            if dataset:
                dataset(group, name, value)
            else:
                group.create_dataset(name, data=value)


def name_2(layer, weight):
    return "%s/%s:0" % (layer, weight)


def name_3(layer, weight):
    return "sequential/%s/%s" % (layer, weight)


def slots():
    """Values for the optimizer's slots: recognisable functions of their weight."""
    return [(layer, weight, value) for layer, weights in WEIGHTS.items()
            for weight, value in weights.items()]


def optimizer_group(file, entries, strings=fixed):
    group = file.create_group("optimizer_weights")
    group.attrs["weight_names"] = strings([name for name, _ in entries])
    for name, value in entries:
        group.create_dataset(name, data=value)


def keras_2_0():
    with h5py.File("keras_2_0.h5", "w") as file:
        # Keras 2.0 wrote bytes, and for a Sequential model the bare list of its layers.
        file.attrs["keras_version"] = np.string_("2.0.8")
        file.attrs["backend"] = np.string_("theano")
        file.attrs["model_config"] = np.string_(
            json.dumps({"class_name": "Sequential", "config": layers_2(False)}))
        file.attrs["training_config"] = np.string_(json.dumps(training(
            "SGD", {"lr": 0.02, "momentum": 0.9, "decay": 0.0, "nesterov": True})))
        write_weights(file.create_group("model_weights"), name_2)
        optimizer_group(file, [("SGD/iterations:0", np.float32(5))] +
                        [("training/SGD/Variable%s:0" % ("" if i == 0 else "_%d" % i), value / 2)
                         for i, (_, _, value) in enumerate(slots())])


def keras_2_4():
    with h5py.File("keras_2_4.h5", "w") as file:
        file.attrs["keras_version"] = "2.4.0"
        file.attrs["backend"] = "tensorflow"
        file.attrs["model_config"] = json.dumps(
            {"class_name": "Sequential",
             "config": {"name": "sequential", "layers": layers_2(True)}}).encode()
        file.attrs["training_config"] = json.dumps(training(
            "Adam", {"name": "Adam", "learning_rate": 0.002, "decay": 0.0, "beta_1": 0.9,
                     "beta_2": 0.99, "epsilon": 1e-07, "amsgrad": False})).encode()
        write_weights(file.create_group("model_weights"), name_2, keras_version="2.4.0",
                      backend="tensorflow")
        entries = [("Adam/iter:0", np.int64(5))]
        entries += [("Adam/%s/%s/m:0" % (l, w), value / 2) for l, w, value in slots()]
        entries += [("Adam/%s/%s/v:0" % (l, w), value * value) for l, w, value in slots()]
        optimizer_group(file, entries)


def keras_2_12():
    with h5py.File("keras_2_12.h5", "w") as file:
        file.attrs["keras_version"] = "2.12.0"
        file.attrs["backend"] = "tensorflow"
        file.attrs["model_config"] = json.dumps(
            {"class_name": "Sequential",
             "config": {"name": "sequential", "layers": layers_2(True)}}).encode()
        file.attrs["training_config"] = json.dumps(training(
            "Custom>Adam", {"name": "Adam", "weight_decay": None, "clipnorm": None,
                            "global_clipnorm": None, "clipvalue": None, "use_ema": False,
                            "ema_momentum": 0.99, "ema_overwrite_frequency": None,
                            "jit_compile": False, "is_legacy_optimizer": False,
                            "learning_rate": 0.002, "beta_1": 0.9, "beta_2": 0.99,
                            "epsilon": 1e-07, "amsgrad": False})).encode()
        group = file.create_group("model_weights")
        write_weights(group, name_2, keras_version="2.12.0", backend="tensorflow")
        group.create_group("top_level_model_weights").attrs["weight_names"] = np.array([])
        entries = [("iteration:0", np.int64(5)), ("learning_rate:0", np.float32(0.002))]
        for layer, weight, value in slots():
            entries.append(("Adam/m/%s/%s:0" % (layer, weight), value / 2))
            entries.append(("Adam/v/%s/%s:0" % (layer, weight), value * value))
        optimizer_group(file, entries)


def keras_3(path="keras_3.h5", **options):
    with h5py.File(path, "w", **options) as file:
        file.attrs["keras_version"] = "3.5.0"
        file.attrs["backend"] = "tensorflow"
        file.attrs["model_config"] = json.dumps(
            {"class_name": "Sequential",
             "config": {"name": "sequential", "trainable": True, "dtype": "float32",
                        "layers": layers_3(), "build_input_shape": [None, 6, 6, 2]}}).encode()
        file.attrs["training_config"] = json.dumps(training(
            "Adam", {"name": "adam", "learning_rate": 0.002, "weight_decay": None,
                     "clipnorm": None, "global_clipnorm": None, "clipvalue": None,
                     "use_ema": False, "ema_momentum": 0.99, "ema_overwrite_frequency": None,
                     "loss_scale_factor": None, "gradient_accumulation_steps": None,
                     "beta_1": 0.9, "beta_2": 0.99, "epsilon": 1e-07, "amsgrad": False},
            True)).encode()
        group = file.create_group("model_weights")
        write_weights(group, name_3, strings=variable, keras_version="3.5.0",
                      backend="tensorflow")
        group.create_group("top_level_model_weights").attrs["weight_names"] = np.array([])
        entries = [("adam/iteration", np.int32(5)), ("adam/learning_rate", np.float32(0.002))]
        for layer, weight, value in slots():
            name = "adam/sequential_%s_%s_" % (layer, weight)
            entries.append((name + "momentum", value / 2))
            entries.append((name + "velocity", value * value))
        optimizer_group(file, entries, variable)


def latest():
    """The newest structures: groups with dense links and dense attributes."""
    keras_3("latest.h5", libver="latest")
    with h5py.File("latest.h5", "a", libver="latest") as file:
        for i in range(30):
            file.attrs["note_%d" % i] = "x" * 100
        file.attrs["large"] = np.string_("y" * 5000)
        for i in range(30):
            file["model_weights"].create_group("unused_%d" % i)


def split_names():
    with h5py.File("split_names.h5", "w") as file:
        write_weights(file, name_2, split=1, keras_version="2.10.0", backend="tensorflow")


def encodings():
    """Numbers in other widths, orders and storage; weights alone, at the root."""
    def dataset(group, name, value):
        if name.startswith("conv2d/kernel"):
            group.create_dataset(name, data=value.astype(">f8"), chunks=(2, 3, 1, 2),
                                 compression="gzip", shuffle=True, fletcher32=True)
        elif name.startswith("dense/kernel"):
            group.create_dataset(name, data=value, chunks=(5, 3))
        elif name.startswith("dense/bias"):
            compact = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
            compact.set_layout(h5py.h5d.COMPACT)
            links = h5py.h5p.create(h5py.h5p.LINK_CREATE)
            links.set_create_intermediate_group(True)
            made = h5py.h5d.create(group.id, name.encode(), h5py.h5t.IEEE_F32LE,
                                   h5py.h5s.create_simple(value.shape), compact, links)
            made.write(h5py.h5s.ALL, h5py.h5s.ALL, value)
        else:
            group.create_dataset(name, data=value.astype(">f4"))

    with h5py.File("encodings.h5", "w") as file:
        write_weights(file, name_2, strings=variable, dataset=dataset)


def half():
    with h5py.File("half.h5", "w") as file:
        write_weights(file, name_2,
                      dataset=lambda group, name, value: group.create_dataset(
                          name, data=value.astype("float16")))


def write_store(file, dependencies, optimizer):
    """Keras 3's weights: groups by class, in the order of the layers."""
    def variables(path, values, name=None):
        group = file.create_group(path + "/vars" if path else "vars")
        if name:
            group.attrs["name"] = name
        for i, value in enumerate(values):
            group[str(i)] = value

    variables("", [])
    for layer, weights in WEIGHTS.items():
        variables(dependencies + "/" + layer, list(weights.values()), layer)
    if optimizer:
        values = [np.int32(5), np.float32(0.002)]
        for _, _, value in slots():
            values += [value / 2, value * value]
        variables("optimizer", values, "adam")


def weights_h5():
    with h5py.File("keras_3.weights.h5", "w") as file:
        write_store(file, "layers", True)
    with h5py.File("keras_2_13.weights.h5", "w") as file:
        write_store(file, "_layer_checkpoint_dependencies", False)


def keras_archive():
    config = {"module": "keras", "class_name": "Sequential",
              "config": {"name": "sequential", "trainable": True, "dtype": "float32",
                         "layers": layers_3(), "build_input_shape": [None, 6, 6, 2]},
              "registered_name": None, "build_config": {"input_shape": [None, 6, 6, 2]},
              "compile_config": {
                  "optimizer": {"module": "keras.optimizers", "class_name": "Adam",
                                "config": {"name": "adam", "learning_rate": 0.002,
                                           "beta_1": 0.9, "beta_2": 0.99, "epsilon": 1e-07,
                                           "amsgrad": False}, "registered_name": None},
                  "loss": "categorical_crossentropy", "loss_weights": None,
                  "metrics": ["accuracy"], "weighted_metrics": None, "run_eagerly": False,
                  "steps_per_execution": 1, "jit_compile": False}}
    weights = io.BytesIO()
    with h5py.File(weights, "w") as file:
        write_store(file, "layers", True)
    with zipfile.ZipFile("keras_3.keras", "w") as archive:
        archive.writestr("metadata.json", json.dumps(
            {"keras_version": "3.5.0", "date_saved": "2024-08-01@12:00:00"}))
        archive.writestr("config.json", json.dumps(config))
        archive.writestr("model.weights.h5", weights.getvalue())


for make in [keras_2_0, keras_2_4, keras_2_12, keras_3, latest, split_names, encodings, half,
             weights_h5, keras_archive]:
    make()
with open("expected.json", "w") as file:
    json.dump({"x": X.ravel().tolist(), "y": predict(X).ravel().tolist(),
               "conv2d/kernel": KERNEL.ravel().tolist()}, file)
