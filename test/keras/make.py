# Writes the fixtures beside it with Keras 3 itself: models of all layers, and what they predict. Run once, with what `pip install keras
# jax h5py` gives; the tests read the files.
#
#   KERAS_BACKEND=jax python3 test/keras/make.py

import json
import os
import pathlib

os.environ.setdefault('KERAS_BACKEND', 'jax')

import h5py
import keras
import numpy as np
from keras import layers

HERE = pathlib.Path(__file__).parent / 'fixtures'
random = np.random.default_rng(1)


def settle(model):
    """Weights that show where each of them goes: none is 0 or 1, and variances are positive."""
    for weight in model.weights:
        if 'seed' in weight.path:
            continue
        values = random.uniform(-0.5, 0.5, weight.shape)
        if 'variance' in weight.path or 'gamma' in weight.path:
            values = random.uniform(0.5, 1.5, weight.shape)
        weight.assign(values)


def numbers(array):
    array = np.asarray(array, 'f4')
    return {'shape': list(array.shape), 'data': [float(f'{x:.8g}') for x in array.ravel()]}


def predictions(name, model, inputs, predict=None):
    out = (predict or (lambda given: model.predict(given, verbose=0)))(list(inputs.values()) if len(inputs) > 1 else next(iter(inputs.values())))
    outputs = out if isinstance(out, list) else [out]
    text = {'inputs': {key: numbers(value) for key, value in inputs.items()}, 'outputs': [numbers(one) for one in outputs]}
    (HERE / f'{name}.json').write_text(json.dumps(text))


def save(name, model, inputs, suffix='.keras'):
    settle(model)
    model.save(HERE / f'{name}{suffix}')
    predictions(name, model, inputs)


def images():
    return keras.Sequential([
        keras.Input((9, 7, 2), name='pixels'),
        layers.Rescaling(1 / 127.5, offset=-1),
        layers.Conv2D(4, 3, strides=2, padding='same', kernel_regularizer='l2'),
        layers.BatchNormalization(momentum=0.9),
        layers.ReLU(max_value=6),
        layers.UpSampling2D(3, interpolation='bilinear'),
        layers.DepthwiseConv2D((3, 2), strides=2, padding='same', depth_multiplier=2),
        layers.LeakyReLU(negative_slope=0.1),
        layers.SeparableConv2D(6, 3, padding='same', activation='swish'),
        layers.MaxPooling2D(2, padding='same'),
        layers.SpatialDropout2D(0.2),
        layers.Conv2DTranspose(3, 2, strides=3, padding='valid', activation='tanh'),
        layers.PReLU(shared_axes=[1, 2]),
        layers.GroupNormalization(3),
        layers.ZeroPadding2D(((1, 0), (2, 1))),
        layers.Cropping2D(((0, 1), (1, 0))),
        layers.AveragePooling2D(3, strides=2, padding='same'),
        layers.Conv2D(6, 2, groups=3, dilation_rate=2, use_bias=False),
        layers.LayerNormalization(),
        layers.Conv2DTranspose(4, 3, strides=2, padding='same'),
        layers.GroupNormalization(-1),
        layers.UpSampling2D((1, 2)),
        layers.GlobalAveragePooling2D(),
        layers.Dropout(0.3),
        layers.Dense(5, activation='softmax'),
    ], name='images')


def series():
    return keras.Sequential([
        keras.Input((11, 3)),
        layers.Conv1D(4, 3, dilation_rate=2, padding='causal'),
        layers.ELU(0.7),
        layers.Conv1D(4, 3, strides=2, padding='same', groups=2),
        layers.ZeroPadding1D((1, 2)),
        layers.GaussianNoise(0.1),
        layers.MaxPooling1D(2, strides=1),
        layers.Conv1DTranspose(5, 3, strides=2, padding='same'),
        layers.Cropping1D((1, 0)),
        layers.AveragePooling1D(2, padding='same'),
        layers.SpatialDropout1D(0.1),
        layers.Dense(6, activation='gelu'),
        layers.Softmax(),
        layers.Permute((2, 1)),
        layers.Softmax(axis=1),
        layers.LayerNormalization(axis=[1, 2], epsilon=1e-5),
        layers.Flatten(),
        layers.Dense(4, use_bias=False),
        layers.RepeatVector(3),
        layers.Reshape((2, -1)),
        layers.Identity(),
        layers.GlobalMaxPooling1D(),
    ])


def branches():
    left, right = keras.Input((6,), name='left'), keras.Input((6,), name='right')
    shared = layers.Dense(5, activation='relu', name='shared.one')
    a, b = shared(left), shared(right)
    inner = keras.Sequential([keras.Input((5,)), layers.Dense(5, name='dense'), layers.BatchNormalization()], name='inner')
    p, q = keras.Input((5,), name='p'), keras.Input((5,), name='q')
    deep = keras.Model([p, q], [layers.Add()([p, inner(q)]), layers.Dense(2, name='dense')(p)], name='deep')
    frozen = keras.Sequential([keras.Input((5,)), layers.Dense(5), layers.BatchNormalization(), layers.Dropout(0.5)])
    frozen.trainable = False
    c, d = deep([a, b])
    e = frozen(c + b, training=False)
    merged = [
        layers.Subtract()([a, c]),
        layers.Multiply()([b, c]),
        layers.Average()([a, b, e]),
        layers.Maximum()([a, e]),
        layers.Minimum()([b, e]),
        layers.Concatenate()([d, e]),
        layers.Concatenate(axis=1)([a * b, a - b]),
    ]
    last = layers.Dense(3, name='dense')(layers.Concatenate()(merged))
    return keras.Model([right, left], [last, e, d])


ACTIVATIONS = [
    'relu', 'sigmoid', 'tanh', 'softmax', 'softplus', 'softsign', 'elu', 'selu', 'celu', 'gelu', 'silu', 'mish', 'relu6',
    'leaky_relu', 'hard_sigmoid', 'hard_silu', 'hard_tanh', 'exponential', 'log_softmax', 'log_sigmoid', 'linear',
]


def activations():
    x = keras.Input((8,))
    return keras.Model(x, [layers.Activation(name)(x) for name in ACTIVATIONS] + [layers.ReLU(3, 0.25)(x), layers.PReLU()(x)])


def rest():
    x = keras.Input((6, 5, 4))
    y = layers.RMSNormalization()(x)
    z = layers.LayerNormalization(axis=[2, 3], center=False)(y)
    return keras.Model(x, [layers.GlobalMaxPooling2D(keepdims=True)(z), layers.GlobalAveragePooling1D()(layers.Reshape((-1, 4))(y))])


def frame(*shape):
    return random.uniform(-1, 1, shape)


def keras2():
    """A file as Keras 2 wrote it, by h5py: nodes are nested lists, and names end with ':0'."""
    kernel, bias = random.uniform(-1, 1, (3, 2)).astype('f4'), random.uniform(-1, 1, 2).astype('f4')
    input_layer = lambda name: {
        'class_name': 'InputLayer', 'name': name, 'inbound_nodes': [],
        'config': {'batch_input_shape': [None, 3], 'dtype': 'float32', 'sparse': False, 'ragged': False, 'name': name},
    }
    layer = lambda kind, name, config, nodes: {
        'class_name': kind, 'name': name, 'inbound_nodes': nodes,
        'config': {'name': name, 'trainable': True, 'dtype': 'float32', **config},
    }
    zeros = {'class_name': 'Zeros', 'config': {}}
    dense = {
        'units': 2, 'activation': 'hard_sigmoid', 'use_bias': True, 'kernel_initializer': zeros, 'bias_initializer': zeros,
        'kernel_regularizer': {'class_name': 'L1L2', 'config': {'l1': 0.1, 'l2': 0.2}}, 'bias_regularizer': None,
        'activity_regularizer': None, 'kernel_constraint': None, 'bias_constraint': None,
    }
    config = {'class_name': 'Functional', 'config': {'name': 'model', 'layers': [
        input_layer('one'), input_layer('two'),
        layer('Dense', 'dense', dense, [[['one', 0, 0, {}]], [['two', 0, 0, {}]]]),
        layer('Add', 'add', {}, [[['dense', 0, 0, {}], ['dense', 1, 0, {}]]]),
    ], 'input_layers': [['one', 0, 0], ['two', 0, 0]], 'output_layers': [['add', 0, 0]]}}
    with h5py.File(HERE / 'keras2.h5', 'w') as file:
        file.attrs['keras_version'], file.attrs['backend'] = '2.4.0', 'tensorflow'
        file.attrs['model_config'] = json.dumps(config).encode()
        weights = file.create_group('model_weights')
        weights.attrs['layer_names'] = [b'one', b'two', b'dense', b'add']
        for name in ['one', 'two', 'add']:
            weights.create_group(name).attrs['weight_names'] = []
        group = weights.create_group('dense')
        group.attrs['weight_names'] = [b'dense/kernel:0', b'dense/bias:0']
        group['dense/kernel:0'], group['dense/bias:0'] = kernel, bias
        file.create_group('optimizer_weights')['iterations:0'] = np.int64(7)
    inputs = {'one': frame(4, 3), 'two': frame(4, 3)}
    hard = lambda x: np.clip(0.2 * (x @ kernel + bias) + 0.5, 0, 1)
    predictions('keras2', None, inputs, lambda given: hard(given[0]) + hard(given[1]))


HERE.mkdir(exist_ok=True)
net = images()
net.compile('sgd', 'mse')
net.fit(frame(4, 9, 7, 2), frame(4, 5), verbose=0)  # so that there is an optimizer in the file
save('images', net, {'pixels': random.uniform(0, 255, (3, 9, 7, 2))})
save('series', series(), {'input': frame(3, 11, 3)})
save('branches', branches(), {'right': frame(4, 6), 'left': frame(4, 6)})
save('activations', activations(), {'input': 3 * frame(5, 8)})
save('rest', rest(), {'input': frame(2, 6, 5, 4)})
save('legacy', branches(), {'right': frame(4, 6), 'left': frame(4, 6)}, '.h5')
keras.config.set_dtype_policy('bfloat16')
half = keras.Sequential([keras.Input((4,)), layers.Dense(3)])
settle(half)
half.save(HERE / 'bfloat16.keras')
kernel, bias = (np.asarray(w, 'f4') for w in half.get_weights())
predictions('bfloat16', None, {'input': frame(2, 4)}, lambda given: given @ kernel + bias)
keras2()
