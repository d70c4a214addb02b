"""The guides are true: what their commands print, and what the firmware does with the code that they give.

Sensors are played by recordings of the guides, so each sketch must name what was recorded.
"""

from __future__ import annotations

import csv
import itertools
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from codegen.building import STUBS, WARNINGS, run
from codegen.projects import run_sketch
from guides import ROOT, commands, comparable, pages, run_page, same, steps
from PIL import Image

import edgeq
from edgeq.features.wav import read_wav

GUIDES = ROOT / "docs" / "guides"


def code_of(page: Path) -> str:
    """The C or C++ that a guide gives, with the headers that it includes."""
    (code,) = re.findall(r"```c(?:pp)?\n(.*?)```", page.read_text(), re.S)
    return str(code)


def edited(text: str, code: str, pause: str) -> str:
    """A generated program as the guides say to edit it: `code` in place of `fill_inputs`, and of
    `print_output` where it has one, and no pause in the loop.
    """
    text, inputs = re.subn(r"/\* Your data.*?\n}\n", lambda _: code, text, flags=re.S)
    if "static void print_output" in code:
        at = text.rindex("static void print_output")
        text = text[:at] + re.sub(r"^.*?\n}\n", "", text[at:], count=1, flags=re.S)
    assert inputs == 1
    assert text.count(pause) >= 1
    return text.replace(f"  {pause}\n}}\n", "}\n") if pause else text


def read_rows(path: Path) -> list[dict[str, str]]:
    with path.open() as file:
        return list(csv.DictReader(file))


IMU = """
#include <math.h>
static const float rows[][3] = {%s};
struct Accelerometer {
  size_t next = 0;
  bool begin() { return true; }
  bool accelerationAvailable() { return true; }
  int readAcceleration(float &x, float &y, float &z) {
    if (next == sizeof rows / sizeof rows[0]) {
      exit(0);
    }
    x = rows[next][0], y = rows[next][1], z = rows[next][2];
    ++next;
    return 1;
  }
};
static Accelerometer IMU;
"""


def gestures(folder: Path, page: Path) -> None:
    """On an accelerometer that gives rows of test.csv the first sketch prints the rows, and the generated
    one names the gesture of each window that holds but one.
    """
    recorded, names = read_rows(folder / "test.csv"), ("circle", "idle", "shake", "wave")
    rows = [r for n in names for r in [r for r in recorded if r["label"] == n][:288]]
    values = ",".join(f"{{{r['ax']}f, {r['ay']}f, {r['az']}f}}" for r in rows)
    (folder / "Arduino_LSM9DS1.h").write_text(IMU % values)

    recorder = folder / "recorder" / "recorder.ino"
    recorder.parent.mkdir()
    recorder.write_text(code_of(page))
    lines = run_sketch(recorder.parent, recorder.parent, recorder, folder).split()
    assert lines[:288] == [f"{r['ax']},{r['ay']},{r['az']}" for r in rows[:288]]

    sketch = folder / "firmware" / "gestures" / "gestures.ino"
    said = run_sketch(sketch.parent, sketch.parent / "src", sketch, folder)
    assert "different 0" in said
    found = re.findall(r"^(\w+): [01]\.\d+, [\d.]+ ms$", said, re.M)
    assert len(found) == (len(rows) - 128) // 64 + 1
    for k, name in enumerate(names):
        alone = [w for w in range(len(found)) if 288 * k <= 64 * w <= 288 * (k + 1) - 128]
        assert len(alone) >= 2
        assert sum(found[w] != name for w in alone) <= 1


ANALOG = """
static const short samples[] = {%s};
#define A0 14
static int analogRead(int) {
  static size_t next = 0;
  if (next == sizeof samples / sizeof samples[0]) {
    exit(0);
  }
  return samples[next++];
}
"""


def vibration(folder: Path, page: Path) -> None:
    """The sketch on an analog pin that gives rows of test.csv tells knocks from none."""
    recorded = read_rows(folder / "test.csv")
    sketch = folder / "firmware" / "motor" / "motor.ino"
    rows = [r for label in "01" for r in [r for r in recorded if r["label"] == label][: 32 * 64]]
    values = ",".join(str(round(float(r["vibration"]) * 102.4) + 512) for r in rows)
    plain = edited(sketch.read_text(), code_of(page), "delay(1000);")
    sketch.write_text((ANALOG % values) + plain)
    said = run_sketch(sketch.parent, sketch.parent / "src", sketch)
    windows = re.findall(r"^(normal|unusual): [\d.]+$", said, re.M)
    assert len(windows) == 64
    assert windows[:32].count("normal") >= 24
    assert windows[32:].count("unusual") >= 20


def run_espidf(folder: Path, name: str) -> str:
    """Compiles a project's main for this machine and runs it until its third pause."""
    sources = [folder / f"{name}.c", folder / f"{name}_selftest.c", folder / "main.c"]
    flags = ("-std=gnu17", *WARNINGS, f"-I{STUBS}", f"-I{folder.parent}")
    run("gcc", *flags, *sources, STUBS / "app_main.c", "-o", "firmware", "-lm", cwd=folder)
    return run("./firmware", cwd=folder).decode()


def sine(folder: Path, page: Path) -> None:
    """The program prints the sine of 0, 0.1 and 0.2."""
    main = folder / "firmware" / "main" / "main.c"
    main.write_text(edited(main.read_text(), code_of(page), ""))
    said = run_espidf(main.parent, "sine")
    values = [float(value) for value in re.findall(r"^0: (-?[\d.]+)$", said, re.M)]
    assert np.abs(np.array(values) - np.sin([0, 0.1, 0.2])).max() < 0.15


CAMERA = """
#include <stddef.h>
#include <stdint.h>
typedef struct {
  const uint8_t *buf;
} camera_fb_t;
static const uint8_t pixels[3][96 * 96] = {%s};
static camera_fb_t *esp_camera_fb_get(void) {
  static camera_fb_t frame;
  static int next = 0;
  frame.buf = pixels[next++];
  return &frame;
}
static void esp_camera_fb_return(camera_fb_t *frame) { (void)frame; }
"""


def images(folder: Path, page: Path) -> None:
    """The program on a camera that shows test pictures, each pixel 3 x 3 times, prints what the
    simulator computes of them: of those that the model is least certain of, as they show most.
    """
    main = folder / "firmware" / "main" / "main.c"
    main.write_text(edited(main.read_text(), code_of(page), ""))
    every = []
    for file in sorted((folder / "pictures" / "test").rglob("*.png")):
        with Image.open(file) as picture:
            every.append(np.asarray(picture))
    real = np.stack(every)[..., None].astype(np.float32) / 255
    outputs = edgeq.simulate(folder / "shapes.tflite", inputs=real).outputs
    chosen = np.argsort(outputs.max(axis=1))[:3]
    frames = [np.kron(every[k], np.ones((3, 3), np.uint8)) for k in chosen]
    values = ",".join("{" + ",".join(map(str, frame.ravel())) + "}" for frame in frames)
    (folder / "firmware" / "esp_camera.h").write_text(CAMERA % values)
    said = re.findall(r"^\w+: ([\d.e-]+)$", run_espidf(main.parent, "shapes"), re.M)
    np.testing.assert_allclose(np.array(said, float), outputs[chosen].ravel(), atol=1e-5)


MICROPHONE = """
#include <string.h>

static const int16_t heard[] = {%s};
struct PDMClass {
  void (*receive)() = nullptr;
  size_t next = 0;
  void onReceive(void (*function)()) { receive = function; }
  int begin(int channels, int rate);
  int read(void *buffer, size_t size) {
    memcpy(buffer, heard + next, size);
    next += size / sizeof heard[0];
    return static_cast<int>(size);
  }
};
static PDMClass PDM;
static void sound_comes() {
  if (PDM.next + 256 > sizeof heard / sizeof heard[0]) {
    exit(0);
  }
  PDM.receive();
}
inline int PDMClass::begin(int channels, int rate) {
  interrupt = sound_comes;
  return channels == 1 && rate == 16000;
}
"""


def words(folder: Path, page: Path) -> None:
    """The sketch names the words that a microphone hears, in their order, with noise between them."""
    said, clips = ("up", "down", "down", "up"), []
    for number, name in enumerate(said):
        for kind in ("noise", name):
            path = folder / "sounds" / "test" / kind / f"{number}.wav"
            clips.append(read_wav(path, 16_000))
    samples = np.concatenate([*clips, clips[0]])
    (folder / "PDM.h").write_text(MICROPHONE % ",".join(map(str, samples)))
    sketch = folder / "firmware" / "words" / "words.ino"
    lines = run_sketch(sketch.parent, sketch.parent / "src", sketch, folder)
    found = re.findall(r"^(\w+|\?): [01]\.\d+, [\d.]+ ms$", lines, re.M)
    assert len(found) == ((len(samples) // 256 * 256 - 480) // 160 + 1 - 98) // 20 + 1
    certain = [name for name in found if name != "?"]
    named = [name for name, _ in itertools.groupby(certain) if name in said]
    assert named == [*said], " ".join(found)


FIRMWARE: dict[str, Callable[[Path, Path], None]] = {
    "nano-33-ble": gestures,
    "esp32-s3": sine,
    "vibration": vibration,
    "images": images,
    "wake-word": words,
}
"""Guide -> what the firmware must do that it ends with."""


@pytest.mark.slow
@pytest.mark.parametrize("page", pages(), ids=lambda page: page.stem)
def test_a_guide_shows_what_its_commands_print(page: Path, tmp_path: Path) -> None:
    shown = page.read_text()
    now = run_page(shown, tmp_path)
    assert comparable(now) == comparable(shown), "run python tools/guides.py --write"
    assert same(shown, now)
    FIRMWARE.get(page.stem, lambda folder, page: None)(tmp_path, page)


def test_guides_that_end_with_code_are_run() -> None:
    coded = {page.stem for page in pages() if re.search(r"^```c(pp)?$", page.read_text(), re.M)}
    assert coded <= set(FIRMWARE)


def test_files_and_commands_of_a_page() -> None:
    page = '```python title="a.py"\nprint(1)\n```\n\n```console\n$ python a.py\n1\n$ edgeq \\\n  x\n```\n'
    page += "```bash\npip install edgeq\n```\n"
    file, session = steps(page)
    assert (file.file, file.text) == ("a.py", "print(1)\n")
    assert commands(session.text) == ["python a.py", "edgeq \\\n  x"]


@pytest.mark.parametrize(
    ("shown", "now", "alike"),
    [
        ("samples per second 20,000", "samples per second 7", True),
        ("size 5,152 bytes", "size 5,160 bytes", False),
        (".fit( size 5,152 bytes", ".fit( size 5,160 bytes", True),
        (".fit( 0 of 5,152 bytes", ".fit( 1 of 5,160 bytes", False),
        (".fit( accuracy 1.0000", ".fit( accuracy 0.9800", True),
        (".fit( accuracy 1.0000", ".fit( accuracy 0.4800", False),
        (".fit( ranges by min-max", ".fit( ranges by percentile 99.9", True),
        (".fit( host ok", ".fit( host failed", False),
    ],
)
def test_what_may_differ(shown: str, now: str, alike: bool) -> None:
    assert same(shown, now) == alike
