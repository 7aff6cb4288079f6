// Which packets belong to flows that are recorded, in either direction: those between their two
// ends, and ICMP errors about them. Packets are looked at before anything has checked them, and
// while they leave; what cannot be read belongs to nobody.
#pragma once

#include <vector>

#include "wire/endpoint.h"

namespace sluice {

class PacketFilter {
 public:
  // Bytes from the start of a packet that are enough to know: headers, and those of a packet that
  // an error quotes.
  static constexpr size_t kHead = 192;

  // `far` of family 0: whoever the application's end speaks to.
  void add(uint8_t protocol, const Endpoint& app, const Endpoint& far);
  bool matches(const uint8_t* head, size_t size) const;

 private:
  struct Flow {
    uint8_t protocol;
    Endpoint app;
    Endpoint far;
  };
  struct Ends;

  static bool read_ends(const uint8_t* packet, size_t size, Ends* out);
  bool fits(const Ends& ends) const;

  std::vector<Flow> flows_;
};

}  // namespace sluice
