# What scikit-learn reaches on the rows that the guide's programs train and test on:
#     node examples/data/rows.js | python3 examples/data/scores.py
# Logistic regression with its default L2 (C = 1), for numbers ridge regression (alpha = 1), of columns of mean 0 and deviation 1.

import csv
import gzip
import json
import os
import sys

import numpy as np
import sklearn
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

print("scikit-learn", sklearn.__version__)
for name, rows in json.load(sys.stdin).items():
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), rows["file"])
    with gzip.open(path, "rt") if path.endswith(".gz") else open(path) as file:
        table = list(csv.reader(file))[1:]
    x = np.array([row[:-1] for row in table], dtype=float)
    labels = np.array([row[-1] for row in table])
    train, test = rows["train"], rows["test"]
    if name == "diabetes":
        model, y = make_pipeline(StandardScaler(), Ridge(alpha=1)), labels.astype(float)
    elif name == "digits":
        x /= 16  # the program of the guide does so, too
        model, y = LogisticRegression(C=1, max_iter=10000), labels
    else:
        model, y = make_pipeline(StandardScaler(), LogisticRegression(C=1, max_iter=10000, tol=1e-8)), labels
    score = model.fit(x[train], y[train]).score(x[test], y[test])
    right = "" if name == "diabetes" else f", {round(score * len(test))} of {len(test)}"
    print(f"{name}: {score:.4f}{right}")
