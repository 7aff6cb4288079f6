// Whom the application believes to talk to. What it sends to one endpoint may leave for another
// target (a name behind a relay, an address behind a fake one); answers of the target must be shown
// as from the endpoint that the application chose. One for each own UDP socket.
#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "wire/socks_udp.h"

namespace sluice {

class ReplyMap {
 public:
  // Datagrams for `shown` leave for `target`. Where two have the same target, the last one added
  // gets the answers.
  void add(const Endpoint& shown, const RelayAddress& target);
  // Undoes it.
  void remove(const Endpoint& shown, const RelayAddress& target);

  // The endpoint that an answer from `from` is shown as, or null: nobody has sent anything there.
  // A relay usually answers with the address that it found for a name. So the first answer from
  // an address that nobody spoke to is taken for one of the oldest name with the same port that
  // has none yet; later ones of that address, too.
  const Endpoint* find(const RelayAddress& from);
  // The endpoint that an address which datagrams were sent to is shown as, or null.
  const Endpoint* known(const Endpoint& target) const;

 private:
  static std::string name_key(const RelayAddress& name);
  void forget_unlearned(const Endpoint& shown);

  std::unordered_map<Endpoint, Endpoint, EndpointHash> by_address_;
  std::unordered_map<std::string, Endpoint> by_name_;
  // Of names: what is shown, and the address that answered for it.
  std::unordered_map<Endpoint, Endpoint, EndpointHash> learned_;
  struct Unlearned {
    Endpoint shown;
    uint16_t port;
  };
  std::vector<Unlearned> unlearned_;  // oldest first
};

}  // namespace sluice
