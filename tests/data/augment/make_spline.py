"""Images warped by SciPy's affine_transform of orders 2 to 5.

Writes spline.json into the working directory. Needs Debian's python3-scipy."""
import json, numpy as np, scipy
from scipy import ndimage
rng = np.random.RandomState(3)
cases = []
for order in (2, 3, 4, 5):
    for mode in ("nearest", "constant", "reflect", "wrap"):
        for shape in ((9, 7), (1, 5), (16, 16)):
            image = rng.randint(0, 256, shape).astype(np.float32)
            # Output (row, column) -> input (row, column): some far outside, one by whole pixels.
            angle = rng.uniform(-1, 1)
            zoom = rng.uniform(0.6, 1.6, 2)
            m = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]]) * zoom
            off = rng.uniform(-6, 6, 2)
            if shape == (16, 16):
                m = np.eye(2); off = np.array([-15.0, 3.5])
            out = ndimage.affine_transform(image, m, off, order=order, mode=mode, cval=7.0)
            cases.append({"order": order, "fill_mode": mode, "height": shape[0], "width": shape[1],
                          "matrix": m.ravel().tolist(), "offset": off.tolist(),
                          "image": image.ravel().astype(int).tolist(),
                          "warped": [round(float(v), 5) for v in out.ravel()]})
json.dump({"what": "scipy.ndimage.affine_transform, cval 7", "scipy": scipy.__version__, "cases": cases},
          open("spline.json", "w"))
