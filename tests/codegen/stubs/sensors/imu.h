/* What Arduino's libraries of inertial sensors declare (LSM9DS1.h, LSM6DSOX.h, LSM6DS3.h,
 * BoschSensorClass.h): a sensor that turns by a step each time. */
struct Imu {
  int step = 0;
  int begin() { return 1; }
  int readAcceleration(float &x, float &y, float &z) {
    x = 0.25f * static_cast<float>(++step % 5);
    y = -x;
    z = 1;
    return 1;
  }
  int readGyroscope(float &x, float &y, float &z) {
    x = y = z = 10;
    return 1;
  }
};

static Imu IMU;
