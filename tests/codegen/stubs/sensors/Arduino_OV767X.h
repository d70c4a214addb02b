/* Arduino_OV767X.h, as far as sketches use it (OV767X.h): pictures whose brightness grows from row to row. The
 * ninth ends the program. */
enum { QCIF = 3 };
enum { YUV422 = 0, GRAYSCALE = 4 };
enum CameraType { OV7670, OV7675 };

struct OV767X {
  int begin(int resolution, int format, int, int) { return resolution == QCIF && format == GRAYSCALE; }
  int taken = 0;
  void readFrame(void *buffer) {
    if (++taken == 9) {
      exit(0);
    }
    for (int i = 0; i < 176 * 144; ++i) {
      static_cast<uint8_t *>(buffer)[i] = static_cast<uint8_t>(i / 176);
    }
  }
};

static OV767X Camera;
