"""Parts of images resized by Pillow's `box`, as Keras' keep_aspect_ratio does.

Writes resize_box.json into the working directory. Needs Debian's python3-pil and python3-numpy."""
import json
import numpy as np
import PIL
from PIL import Image

rng = np.random.RandomState(5)
FILTERS = {"nearest": 0, "bilinear": 2, "bicubic": 3, "lanczos": 1, "box": 4, "hamming": 5}
SHAPES = (((13, 29), (6, 6), "L"), ((20, 9), (10, 15), "RGB"),
          ((11, 17), (17, 11), "RGBA"), ((9, 14), (9, 5), "L"))
cases = []
for name, number in FILTERS.items():
    for (height, width), (to_height, to_width), mode in SHAPES:
        channels = {"L": 1, "RGB": 3, "RGBA": 4}[mode]
        pixels = rng.randint(0, 256, (height, width, channels)).astype(np.uint8)
        image = Image.fromarray(pixels[..., 0] if channels == 1 else pixels, mode)
        part_height = min(height, (width * to_height) // to_width)
        part_width = min(width, (height * to_width) // to_height)
        y = (height - part_height) // 2
        x = (width - part_width) // 2
        resized = image.resize((to_width, to_height), number,
                               box=[x, y, x + part_width, y + part_height])
        cases.append({"interpolation": name, "height": height, "width": width,
                      "channels": channels, "target": [to_height, to_width],
                      "image": pixels.ravel().tolist(),
                      "resized": np.asarray(resized).ravel().tolist()})
with open("resize_box.json", "w") as out:
    json.dump({"pillow": PIL.__version__, "cases": cases}, out)
