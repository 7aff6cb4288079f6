// The client side of a proxy handshake on a plain connection: SOCKS5 (RFC 1928, RFC 1929) and HTTP
// CONNECT (RFC 9110 9.3.6). The messages come ready made; this decides from the replies what to
// send next. It lives here because most flows begin with one, and it costs a tenth of the same in
// JavaScript; every other handshake (TLS, SOCKS4, chains) is made there.
//
//   socks5: greeting -> method -> (auth -> auth reply ->) request -> reply
//   http:   request -> status line and headers
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace sluice {

struct HandshakeMessages {
  enum class Protocol { kSocks5, kHttp };
  Protocol protocol;
  std::vector<uint8_t> greeting;  // SOCKS5 only
  std::vector<uint8_t> auth;      // SOCKS5 only; empty: none to offer
  std::vector<uint8_t> request;
};

class Handshake {
 public:
  enum class State { kRunning, kDone, kFailed };
  // Why it failed, with `value` where it says more.
  enum class Failure {
    kGarbage = 1,   // not this protocol
    kNoMethod = 2,  // the proxy accepts none of the offered authentication methods
    kAuth = 3,      // wrong user name or password
    kRefused = 4,   // value: the SOCKS5 reply code, or the HTTP status
    kTooLong = 5,   // a reply that does not end
    kEnded = 6,     // the proxy closed the connection
  };

  explicit Handshake(HandshakeMessages messages);

  // What to send first.
  const std::vector<uint8_t>& first() const;
  // Takes bytes of the proxy and returns how many belong to the handshake; all of them while it is
  // running. `*send` is set to what to send next, or null.
  size_t feed(const uint8_t* data, size_t size, const std::vector<uint8_t>** send);
  // The connection ended.
  void end() { fail(Failure::kEnded, 0); }

  State state() const { return state_; }
  // An error number that no errno has: how `closed` tells a failed handshake.
  int error() const { return kErrorBase | static_cast<int>(failure_) << 16 | value_; }
  static constexpr int kErrorBase = 1 << 24;

 private:
  enum class Step { kMethod, kAuth, kReply, kHttp };
  void fail(Failure failure, uint16_t value);
  size_t wanted() const;
  void take_socks(const std::vector<uint8_t>** send);
  size_t feed_http(const uint8_t* data, size_t size);
  void finish_http();

  HandshakeMessages messages_;
  Step step_;
  State state_ = State::kRunning;
  Failure failure_ = Failure::kGarbage;
  uint16_t value_ = 0;
  std::string reply_;  // of the current step, so far
};

}  // namespace sluice
