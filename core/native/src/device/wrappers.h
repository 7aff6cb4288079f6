// Devices that wrap any other: one mistreats packets, one records them.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "device/device.h"

namespace sluice {

// Probabilities from 0 to 1, for each packet of either direction.
struct Faults {
  uint32_t seed = 1;
  double loss = 0;
  double reorder = 0;
  double duplicate = 0;
  double corrupt = 0;
  double truncate = 0;
};

std::unique_ptr<Device> wrap_with_faults(std::unique_ptr<Device> inner, const Faults& faults);

// Writes a pcap file (LINKTYPE_RAW). Null with `error` where the file cannot be made.
std::unique_ptr<Device> wrap_with_pcap(std::unique_ptr<Device> inner, const std::string& path,
                                       DeviceError* error);

}  // namespace sluice
