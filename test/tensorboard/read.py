# Prints what TensorBoard reads from the event file in a folder, as JSON: python3 test/tensorboard/read.py FOLDER

import json
import pathlib
import sys

from tensorboard.backend.event_processing.event_file_loader import EventFileLoader
from tensorboard.util import tensor_util

found = {}
[file] = pathlib.Path(sys.argv[1]).iterdir()
for event in EventFileLoader(str(file)).Load():
    for value in event.summary.value:
        array = tensor_util.make_ndarray(value.tensor)
        values = [v.decode("latin1") if isinstance(v, bytes) else float(v) for v in array.flatten()]
        series = found.setdefault(value.tag, {"plugin": value.metadata.plugin_data.plugin_name, "rows": []})
        series["rows"].append({"step": event.step, "shape": list(array.shape), "values": values})
print(json.dumps(found))
