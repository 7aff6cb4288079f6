// The libFuzzer target: hostile bytes for the packet parsers, the SOCKS5 UDP header, the proxy
// handshakes, and, above all, for the whole engine. The first byte chooses.
//
// Built by `node build/native.ts --fuzz`, run by `npm test -- fuzz`.
#include <cstdlib>

#include "bytes.h"
#include "net/handshake.h"
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
  Endpoint from;
  size_t header = parse_relay_header(data, size, &from);
  if (header == 0) return;
  uint8_t built[kMaxRelayHeader];
  if (header > size || build_relay_header(from, built) != header) std::abort();
  Endpoint again;
  if (parse_relay_header(built, header, &again) != header || !(again == from)) std::abort();
}

// The reply arrives in pieces of any size; what the handshake leaves is the stream's.
void shake_hands(Bytes* in) {
  using Protocol = HandshakeMessages::Protocol;
  HandshakeMessages messages;
  messages.protocol = in->flag() ? Protocol::kHttp : Protocol::kSocks5;
  messages.greeting = {5, 1, 0};
  if (in->flag()) messages.auth = {1, 1, 'u', 1, 'p'};
  messages.request = {5, 1, 0, 1, 192, 0, 2, 1, 0, 80};
  Handshake handshake(std::move(messages));
  handshake.first();
  while (!in->empty() && handshake.state() == Handshake::State::kRunning) {
    size_t size;
    const uint8_t* piece = in->take(1 + in->below(64), &size);
    const std::vector<uint8_t>* send;
    while (size > 0 && handshake.state() == Handshake::State::kRunning) {
      size_t used = handshake.feed(piece, size, &send);
      if (used == 0 || used > size) std::abort();
      piece += used;
      size -= used;
    }
  }
  if (handshake.state() == Handshake::State::kRunning) handshake.end();
  handshake.error();
}

}  // namespace
}  // namespace sluice::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace sluice::fuzz;
  if (size == 0) return 0;
  Bytes in(data + 1, size - 1);
  switch (data[0] % 8) {
    case 0:
      parse(data + 1, size - 1);
      break;
    case 1:
      parse_relay(data + 1, size - 1);
      break;
    case 2:
      shake_hands(&in);
      break;
    default:
      World(&in).live();
      break;
  }
  return 0;
}
