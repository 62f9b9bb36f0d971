# Makes reference.json.gz: what Hugging Face's tokenizers (pip install tokenizers==0.23.2) learns from text.txt, a piece of Moby Dick, and how
# it encodes random strings. python3 test/tokenizers/reference.py

import gzip
import json
import os
import random
import unicodedata

from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

HERE = os.path.dirname(os.path.abspath(__file__))
TEXT = open(f'{HERE}/text.txt', encoding='utf8').read()
SPECIAL = ['<|endoftext|>', '<|pad|>', '<|end|>', '<|end|>of']


def split(numbers):
    pattern = (
        r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|" + numbers
        + r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
    )
    byte_level = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    return pre_tokenizers.Sequence([pre_tokenizers.Split(Regex(pattern), 'isolated'), byte_level])


KINDS = {
    'gpt2': {'pre_tokenizer': pre_tokenizers.ByteLevel(add_prefix_space=False)},
    'spaced': {'pre_tokenizer': pre_tokenizers.ByteLevel(add_prefix_space=True)},
    'llama3': {'pre_tokenizer': split(r'\p{N}{1,3}'), 'ignore_merges': True},
    'qwen2': {'pre_tokenizer': split(r'\p{N}'), 'normalizer': normalizers.NFC()},
}


def trained(pre_tokenizer, normalizer=None, ignore_merges=False):
    tokenizer = Tokenizer(models.BPE(ignore_merges=ignore_merges))
    tokenizer.pre_tokenizer = pre_tokenizer
    tokenizer.decoder = decoders.ByteLevel()
    if normalizer:
        tokenizer.normalizer = normalizer
    tokenizer.train_from_iterator(
        [TEXT],
        trainers.BpeTrainer(
            vocab_size=700,
            min_frequency=2,
            initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
            special_tokens=SPECIAL,
            show_progress=False,
        ),
    )
    return tokenizer


def character(dice):
    """Any character that Unicode 14 has: engines know different versions."""
    while True:
        c = chr(dice.randrange(0x110000))
        if unicodedata.category(c) not in ('Cn', 'Cs', 'Co'):
            return c


WORDS = TEXT.split()
SPACES = [' ', '  ', '\n', '\t', '\r\n', '\u0085', '\ufeff', '\u00a0', '\u2003', '\u3000', '\x0b', '\x1c']
ODD = ["'s", "'ll", "'RE", "'t", '’s', "'\u017f", '123', '4567', '٣', 'é', 'e\u0301', '👩‍👩‍👧', 'ſ', '__', '...', '\x00', '\u200d', *SPECIAL]


def string(dice):
    makers = [
        lambda: chr(97 + dice.randrange(26)),
        lambda: chr(32 + dice.randrange(95)),
        lambda: dice.choice(SPACES),
        lambda: dice.choice(ODD),
        lambda: chr(0x4E00 + dice.randrange(20000)),
        lambda: character(dice),
        lambda: dice.choice(WORDS),
        lambda: ' ' + dice.choice(WORDS),
    ]
    some = [dice.choice(makers) for _ in range(3)]
    return ''.join(dice.choice(some)() for _ in range(dice.randrange(16)))


def main():
    dice = random.Random(1)
    strings = [string(dice) for _ in range(1200)] + ['', ' ', '\n\n  ', TEXT]
    found = {}
    for name, kind in KINDS.items():
        tokenizer = trained(**kind)
        ids = [tokenizer.encode(text).ids for text in strings]
        found[name] = {'tokenizer': json.loads(tokenizer.to_str()), 'ids': ids}
    text = json.dumps({'strings': strings, 'kinds': found}, ensure_ascii=True, separators=(',', ':'))
    with open(f'{HERE}/reference.json.gz', 'wb') as file:
        file.write(gzip.compress(text.encode(), mtime=0))


main()
