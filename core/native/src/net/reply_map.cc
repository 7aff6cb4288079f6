#include "net/reply_map.h"

#include <algorithm>

namespace sluice {

std::string ReplyMap::name_key(const RelayAddress& name) {
  std::string key = name.domain;
  key.push_back(static_cast<char>(name.endpoint.port >> 8));
  key.push_back(static_cast<char>(name.endpoint.port));
  return key;
}

void ReplyMap::add(const Endpoint& shown, const RelayAddress& target) {
  if (!target.is_domain()) {
    by_address_[target.endpoint] = shown;
    return;
  }
  by_name_[name_key(target)] = shown;
  unlearned_.push_back({shown, target.endpoint.port});
}

void ReplyMap::remove(const Endpoint& shown, const RelayAddress& target) {
  auto erase = [&shown](auto* map, const auto& key) {
    auto found = map->find(key);
    if (found != map->end() && found->second == shown) map->erase(found);
  };
  if (!target.is_domain()) return erase(&by_address_, target.endpoint);
  erase(&by_name_, name_key(target));
  forget_unlearned(shown);
  auto learned = learned_.find(shown);
  if (learned == learned_.end()) return;
  erase(&by_address_, learned->second);
  learned_.erase(learned);
}

const Endpoint* ReplyMap::find(const RelayAddress& from) {
  if (from.is_domain()) {
    auto named = by_name_.find(name_key(from));
    if (named == by_name_.end()) return nullptr;
    forget_unlearned(named->second);
    return &named->second;
  }
  if (const Endpoint* shown = known(from.endpoint)) return shown;
  auto waiting = std::find_if(unlearned_.begin(), unlearned_.end(),
                              [&from](const Unlearned& u) { return u.port == from.endpoint.port; });
  if (waiting == unlearned_.end()) return nullptr;
  Endpoint shown = waiting->shown;
  unlearned_.erase(waiting);
  learned_[shown] = from.endpoint;
  return &by_address_.emplace(from.endpoint, shown).first->second;
}

const Endpoint* ReplyMap::known(const Endpoint& target) const {
  auto found = by_address_.find(target);
  return found == by_address_.end() ? nullptr : &found->second;
}

void ReplyMap::forget_unlearned(const Endpoint& shown) {
  auto found = std::find_if(unlearned_.begin(), unlearned_.end(),
                            [&shown](const Unlearned& u) { return u.shown == shown; });
  if (found != unlearned_.end()) unlearned_.erase(found);
}

}  // namespace sluice
