#include "net/handshake.h"

#include <algorithm>

namespace sluice {

namespace {
constexpr uint8_t kSocksVersion = 5;
constexpr uint8_t kAuthVersion = 1;
constexpr uint8_t kNoAuth = 0;
constexpr uint8_t kUserPassword = 2;
constexpr uint8_t kNoAcceptable = 0xff;
constexpr uint8_t kAtypIpv4 = 1;
constexpr uint8_t kAtypDomain = 3;
constexpr uint8_t kAtypIpv6 = 4;
constexpr size_t kMaxHttpReply = 16 * 1024;
constexpr char kHttpEnd[] = "\r\n\r\n";
}  // namespace

Handshake::Handshake(HandshakeMessages messages)
    : messages_(std::move(messages)),
      step_(messages_.protocol == HandshakeMessages::Protocol::kHttp ? Step::kHttp
                                                                     : Step::kMethod) {}

const std::vector<uint8_t>& Handshake::first() const {
  return step_ == Step::kHttp ? messages_.request : messages_.greeting;
}

void Handshake::fail(Failure failure, uint16_t value) {
  state_ = State::kFailed;
  failure_ = failure;
  value_ = value;
}

// How long the current SOCKS5 message is, as far as its bytes tell.
size_t Handshake::wanted() const {
  if (step_ != Step::kReply) return 2;
  // | VER | REP | RSV | ATYP | BND.ADDR | BND.PORT 2 |; a domain begins with its length.
  if (reply_.size() < 5) return 5;
  switch (static_cast<uint8_t>(reply_[3])) {
    case kAtypIpv4:
      return 4 + 4 + 2;
    case kAtypIpv6:
      return 4 + 16 + 2;
    case kAtypDomain:
      return 4 + 1 + static_cast<uint8_t>(reply_[4]) + 2;
    default:
      return 5;
  }
}

size_t Handshake::feed(const uint8_t* data, size_t size, const std::vector<uint8_t>** send) {
  *send = nullptr;
  if (step_ == Step::kHttp) return feed_http(data, size);
  size_t used = 0;
  while (used < size && state_ == State::kRunning && !*send) {
    size_t n = std::min(size - used, wanted() - reply_.size());
    reply_.append(reinterpret_cast<const char*>(data + used), n);
    used += n;
    if (reply_.size() == wanted()) take_socks(send);
  }
  return used;
}

void Handshake::take_socks(const std::vector<uint8_t>** send) {
  auto version = static_cast<uint8_t>(reply_[0]);
  auto code = static_cast<uint8_t>(reply_[1]);
  if (version != (step_ == Step::kAuth ? kAuthVersion : kSocksVersion)) {
    return fail(Failure::kGarbage, 0);
  }
  switch (step_) {
    case Step::kMethod:
      if (code == kUserPassword && !messages_.auth.empty()) {
        step_ = Step::kAuth;
        *send = &messages_.auth;
      } else if (code == kNoAuth) {
        step_ = Step::kReply;
        *send = &messages_.request;
      } else {
        fail(code == kNoAcceptable ? Failure::kNoMethod : Failure::kGarbage, code);
      }
      break;
    case Step::kAuth:
      if (code != 0) return fail(Failure::kAuth, code);
      step_ = Step::kReply;
      *send = &messages_.request;
      break;
    case Step::kReply: {
      if (code != 0) return fail(Failure::kRefused, code);
      auto type = static_cast<uint8_t>(reply_[3]);
      if (type != kAtypIpv4 && type != kAtypIpv6 && type != kAtypDomain) {
        return fail(Failure::kGarbage, type);
      }
      // The address is known to be longer only now that its type and length are.
      if (reply_.size() < wanted()) return;
      state_ = State::kDone;
      break;
    }
    case Step::kHttp:
      break;
  }
  reply_.clear();
}

size_t Handshake::feed_http(const uint8_t* data, size_t size) {
  for (size_t i = 0; i < size; ++i) {
    reply_.push_back(static_cast<char>(data[i]));
    if (data[i] == '\n' && reply_.size() >= 4 &&
        reply_.compare(reply_.size() - 4, 4, kHttpEnd) == 0) {
      finish_http();
      return i + 1;
    }
    if (reply_.size() >= kMaxHttpReply) {
      fail(Failure::kTooLong, 0);
      return i + 1;
    }
  }
  return size;
}

// "HTTP/1.1 200 Connection established"
void Handshake::finish_http() {
  bool status_line = reply_.size() > 12 && reply_.compare(0, 7, "HTTP/1.") == 0 && reply_[8] == ' ';
  uint16_t status = 0;
  for (size_t i = 9; status_line && i < 12; ++i) {
    if (reply_[i] < '0' || reply_[i] > '9') status_line = false;
    status = static_cast<uint16_t>(status * 10 + (reply_[i] - '0'));
  }
  if (!status_line) return fail(Failure::kGarbage, 0);
  if (status < 200 || status > 299) return fail(Failure::kRefused, status);
  state_ = State::kDone;
}

}  // namespace sluice
