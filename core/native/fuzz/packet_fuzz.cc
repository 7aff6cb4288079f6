// The libFuzzer target: hostile bytes for the packet parser, the SOCKS5 UDP header and, above all,
// for the whole engine. The first byte chooses.
//
// Built by `node build/native.ts --fuzz`, run by `npm test -- fuzz`.
#include <cstdlib>

#include "bytes.h"
#include "wire/packet.h"
#include "wire/reply.h"
#include "wire/socks_udp.h"
#include "world.h"

namespace sluice::fuzz {
namespace {

// A packet that passes is answered in every way, and the answers pass, too.
void parse(const uint8_t* data, size_t size) {
  Packet packet;
  if (parse_packet(data, size, &packet) != ParseError::kNone) return;
  verify_transport_checksum(packet);
  if (packet.payload + packet.payload_size() > size) std::abort();
  uint8_t reply[kMaxReply];
  Packet parsed;
  for (Refusal refusal : {Refusal::kPortUnreachable, Refusal::kHostUnreachable,
                          Refusal::kNetUnreachable, Refusal::kProhibited}) {
    size_t length = build_unreachable(packet, refusal, reply);
    if (length > kMaxReply) std::abort();
    parse_packet(reply, length, &parsed);
  }
  if (packet.protocol != kProtocolTcp) return;
  has_sack_blocks(packet);
  if (parse_packet(reply, build_reset(packet, reply), &parsed) == ParseError::kNone &&
      !verify_transport_checksum(parsed)) {
    std::abort();
  }
}

void parse_relay(const uint8_t* data, size_t size) {
  RelayAddress from;
  size_t header = parse_relay_header(data, size, &from);
  if (header == 0) return;
  uint8_t built[kMaxRelayHeader];
  if (header > size || build_relay_header(from, built) != header) std::abort();
  RelayAddress again;
  if (parse_relay_header(built, header, &again) != header || again.domain != from.domain ||
      !(again.endpoint == from.endpoint)) {
    std::abort();
  }
}

}  // namespace
}  // namespace sluice::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace sluice::fuzz;
  if (size == 0) return 0;
  switch (data[0] % 8) {
    case 0:
      parse(data + 1, size - 1);
      break;
    case 1:
      parse_relay(data + 1, size - 1);
      break;
    default: {
      Bytes in(data + 1, size - 1);
      World(&in).live();
      break;
    }
  }
  return 0;
}
