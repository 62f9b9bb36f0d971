# Writes the fixtures of layers of sequences with Keras 3 itself, and what they predict. Run once, with what `pip install keras jax
# h5py` gives; the tests read the files.
#
#   KERAS_BACKEND=jax python3 test/keras/sequences.py

import json
import os
import pathlib

os.environ.setdefault('KERAS_BACKEND', 'jax')

import keras
import numpy as np
from keras import layers

HERE = pathlib.Path(__file__).parent / 'fixtures'
random = np.random.default_rng(2)


def numbers(array):
    array = np.asarray(array, 'f4')
    return {'shape': list(array.shape), 'data': [float(f'{x:.8g}') for x in array.ravel()]}


def save(name, model, inputs, suffix='.keras'):
    for weight in model.weights:
        if 'seed' not in weight.path:
            weight.assign(random.uniform(-0.7, 0.7, weight.shape))
    model.save(HERE / f'{name}{suffix}')
    out = model.predict(list(inputs.values()) if len(inputs) > 1 else next(iter(inputs.values())), verbose=0)
    outputs = out if isinstance(out, list) else [out]
    text = {'inputs': {key: numbers(value) for key, value in inputs.items()}, 'outputs': [numbers(one) for one in outputs]}
    (HERE / f'{name}.json').write_text(json.dumps(text))


def recurrent():
    return keras.Sequential([
        keras.Input((6,)),
        layers.Embedding(9, 4),
        layers.SimpleRNN(4, activation='relu', return_sequences=True),
        layers.LSTM(4, return_sequences=True, go_backwards=True),
        layers.GRU(4, return_sequences=True, dropout=0.1),
        layers.Bidirectional(layers.LSTM(3, return_sequences=True)),
        layers.Bidirectional(layers.GRU(4, return_sequences=True, use_bias=False), merge_mode='ave'),
        layers.TimeDistributed(layers.Dense(3, activation='tanh')),
        layers.Bidirectional(layers.SimpleRNN(3), merge_mode='mul'),
    ])


def attention():
    tokens, others = keras.Input((5,), dtype='int32', name='tokens'), keras.Input((3, 6), name='others')
    table = layers.Embedding(9, 4)
    x = table(tokens)
    x = layers.LayerNormalization()(x + layers.MultiHeadAttention(2, 3, name='causal')(x, x, use_causal_mask=True))
    y = layers.MultiHeadAttention(2, 3, output_shape=7, use_bias=False)(x, others)
    return keras.Model([tokens, others], [y, layers.LSTM(3, name='last')(y)])



def masked():
    return keras.Sequential([
        keras.Input((6,)),
        layers.Embedding(9, 4, mask_zero=True),
        layers.Dropout(0.1),
        layers.Bidirectional(layers.LSTM(3, return_sequences=True)),
        layers.Dense(4, activation='tanh'),
        layers.LayerNormalization(),
        layers.GRU(3, return_sequences=True),
        layers.Bidirectional(layers.GRU(2), merge_mode='sum'),
    ])


def averaged():
    return keras.Sequential([
        keras.Input((5, 3)),
        layers.Masking(0.5),
        layers.SimpleRNN(3, return_sequences=True),
        layers.ReLU(),
        layers.GlobalAveragePooling1D(),
    ])


def carried():
    return keras.Sequential([
        keras.Input((5, 3)),
        layers.Masking(0.5),
        layers.LSTM(3, return_sequences=True),
        layers.GRU(2, return_sequences=True),
    ])

def merged_masks():
    """Masks that come together, are passed on, are lost, and are used."""
    tokens, frames = keras.Input((6,), dtype='int32', name='tokens'), keras.Input((6, 4), name='frames')
    x = layers.Embedding(9, 4, mask_zero=True)(tokens)
    y = layers.Masking(0.5)(frames)
    both = layers.Concatenate()([layers.Add()([x, y]), x, layers.Rescaling(2.0)(x)])
    steps = layers.GRU(3, return_sequences=True)(layers.SpatialDropout1D(0.1)(both))
    longer = layers.Concatenate(axis=1)([steps, layers.LSTM(3, return_sequences=True)(y)])
    lost = layers.LSTM(2)(layers.Conv1D(3, 2)(x) + layers.Conv1D(3, 2)(y))
    half = layers.SimpleRNN(2)(layers.Average()([x, frames]))
    plain = layers.SimpleRNN(2)(x - y)
    inner = keras.Sequential([keras.Input((12, 3)), layers.Dense(3), layers.TimeDistributed(layers.Dense(2)), layers.GRU(2)])
    given = layers.LSTM(2)(layers.Dense(3)(frames), mask=keras.ops.not_equal(tokens, 3))
    return keras.Model([tokens, frames], [
        layers.GlobalAveragePooling1D()(layers.TimeDistributed(layers.Dense(3, activation='relu'))(steps)),
        layers.Bidirectional(layers.LSTM(2))(longer), lost, half, plain, inner(longer), given, layers.Flatten()(x),
    ])


def masked_attention():
    tokens, others = keras.Input((5,), dtype='int32', name='tokens'), keras.Input((3,), dtype='int32', name='others')
    pairs = keras.Input((5, 3), name='pairs')
    x, y = layers.Embedding(9, 4, mask_zero=True)(tokens), layers.Embedding(9, 6, mask_zero=True)(others)
    z = layers.LayerNormalization()(layers.Add()([x, layers.MultiHeadAttention(2, 3)(x, x)]))
    z = layers.Add()([z, layers.Dense(4)(z)])
    across = layers.MultiHeadAttention(2, 3)(layers.Dense(4)(layers.Embedding(9, 4, mask_zero=True)(tokens)), y)
    keyed = layers.MultiHeadAttention(1, 2)(z, layers.Dense(3)(x), layers.Embedding(9, 4, mask_zero=True)(tokens))
    some = layers.MultiHeadAttention(2, 2)(z, layers.Dense(5)(y), attention_mask=pairs)
    return keras.Model([tokens, others, pairs], [layers.GlobalAveragePooling1D()(each) for each in (z, across, keyed, some)])


def legacy_masks():
    tokens = keras.Input((6,), dtype='int32', name='tokens')
    x = layers.Embedding(9, 4, mask_zero=True)(tokens)
    y = layers.Bidirectional(layers.LSTM(2, return_sequences=True))(x)
    return keras.Model(tokens, layers.GRU(3)(layers.Concatenate()([x, layers.Dropout(0.2)(y)]) ))


def padded_tokens():
    return np.array([[3, 1, 4, 0, 0, 0], [0, 0, 5, 0, 2, 6], [5, 3, 5, 8, 7, 1]])


def padded_frames():
    frames = random.uniform(-1, 1, (3, 5, 3))
    frames[0, 3:], frames[1, 0], frames[2, 2], frames[2, 3, 1] = 0.5, 0.5, 0.5, 0.5
    return frames


def padded_features():
    features = random.uniform(-1, 1, (3, 6, 4))
    features[0, 4:], features[1, 1], features[2, 2, 1] = 0.5, 0.5, 0.5
    return features


frame = lambda *shape: random.uniform(-1, 1, shape)
some_tokens = lambda *shape: random.integers(0, 9, shape)
save('recurrent', recurrent(), {'input': some_tokens(3, 6)})
save('attention', attention(), {'tokens': some_tokens(3, 5), 'others': frame(3, 3, 6)})
save('recurrent-legacy', recurrent(), {'input': some_tokens(3, 6)}, '.h5')
save('attention-legacy', attention(), {'tokens': some_tokens(3, 5), 'others': frame(3, 3, 6)}, '.h5')
save('masked', masked(), {'input': padded_tokens()})
save('masked-legacy', averaged(), {'input': padded_frames()}, '.h5')
save('carried', carried(), {'input': padded_frames()})
save('masks', merged_masks(), {'tokens': padded_tokens(), 'frames': padded_features()})
some_pairs = random.integers(0, 2, (3, 5, 3))
some_pairs[..., 0] = 1
save('masked-attention', masked_attention(), {'tokens': padded_tokens()[:, :5], 'others': np.array([[1, 2, 0], [3, 0, 0], [4, 5, 6]]), 'pairs': some_pairs})
save('masks-legacy', legacy_masks(), {'tokens': padded_tokens()}, '.h5')
