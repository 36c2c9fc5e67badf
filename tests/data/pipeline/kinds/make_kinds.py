"""Small images of many kinds with what Pillow (and so Keras' load_img) makes of them.

Writes them and kinds.json into the working directory. Needs Debian's python3-pil and python3-numpy.
"""
import json
import numpy as np
import PIL
from PIL import Image

rng = np.random.RandomState(2)
H, W = 6, 8
rgb = rng.randint(0, 256, (H, W, 3)).astype(np.uint8)
alpha = rng.randint(0, 256, (H, W)).astype(np.uint8)
colour = Image.fromarray(rgb)
rgba = Image.fromarray(np.dstack([rgb, alpha]))
grey = colour.convert("L")
palette = colour.convert("P", palette=Image.ADAPTIVE, colors=16)
files = {}


def save(name, image, **options):
    image.save(name, **options)
    files[name] = None


save("palette.png", palette)
save("palette_transparent.png", palette, transparency=3)
save("palette_bits.png", colour.convert("P", palette=Image.ADAPTIVE, colors=4), bits=2)
save("one_bit.png", colour.convert("1"))
save("grey_alpha.png", rgba.convert("LA"))
save("alpha.png", rgba)
save("cmyk.jpg", colour.convert("CMYK"), quality=95)
save("progressive.jpg", colour, progressive=True, quality=95)
save("grey.jpg", grey, quality=95)
save("palette.bmp", palette)
save("grey.bmp", grey)
save("alpha.tif", rgba)
save("pages.tif", colour, save_all=True, append_images=[Image.new("RGB", (W, H))])
save("lossless.webp", colour, lossless=True)
save("alpha.webp", rgba, lossless=True)
save("animated.png", colour, save_all=True, append_images=[Image.new("RGB", (W, H))])
grey16 = rng.randint(0, 65536, (H, W)).astype(np.uint16)
save("grey16.png", Image.fromarray(grey16.astype(np.int32), "I"))
save("grey16.tif", Image.fromarray(grey16))
save("animated.gif", palette, save_all=True, append_images=[Image.new("P", (W, H))])
save("animated.webp", colour, save_all=True, append_images=[Image.new("RGB", (W, H))])

expected = {}
for name in files:
    if name in ("animated.gif", "animated.webp"):
        continue  # Refused.
    image = Image.open(name)
    entry = {}
    for mode in ("grayscale", "rgb", "rgba"):
        if mode == "grayscale":
            one = image if image.mode in ("L", "I;16", "I") else image.convert("L")
        else:
            one = image.convert(mode.upper())
        entry[mode] = np.asarray(one).astype(int).ravel().tolist()
    expected[name] = entry
with open("kinds.json", "w") as out:
    json.dump({"pillow": PIL.__version__, "height": H, "width": W, "files": expected}, out)
