#include "http/sharing.hpp"

#include "http/digest.hpp"

#include <iterator>

namespace milkrun::http {

// Few are known at a time: an account's token is asked for once an hour.
void SharingNet::forget() {
  const auto now = now_();
  std::erase_if(questions_, [&](const auto& one) { return one.second.answer && one.second.until <= now; });
}

void SharingNet::submit(std::uint64_t ticket, Request request) {
  if (request.effect != Effect::repeatable || request.envelope || request.caller.service != service_)
    return inner_.submit(ticket, std::move(request));
  {
    const std::lock_guard hold(lock_);
    forget();
    Name name(request.caller.tenant, digest_of(request));
    const auto [found, is_new] = questions_.try_emplace(name, Question{});
    if (!is_new && !found->second.answer) {
      found->second.others.push_back(ticket);
      return;
    }
    if (!is_new) {
      ready_.push_back({ticket, *found->second.answer});
      inner_.nudge();
      return;
    }
    asking_.emplace(ticket, std::move(name));
  }
  inner_.submit(ticket, std::move(request));
}

std::vector<Net::Answer> SharingNet::collect() {
  std::vector<Answer> out = inner_.collect();
  const std::lock_guard hold(lock_);
  for (std::size_t i = 0, n = out.size(); i < n; ++i) {
    const auto asked = asking_.extract(out[i].ticket);
    if (!asked) continue;
    const auto question = questions_.find(asked.mapped());
    for (const std::uint64_t other : question->second.others) out.push_back({other, out[i].response});
    question->second.others.clear();
    if (out[i].response && out[i].response->status == 200) {
      question->second.answer = *out[i].response;
      question->second.until = now_() + kept_for;
    } else {
      questions_.erase(question);
    }
  }
  out.insert(out.end(), std::make_move_iterator(ready_.begin()), std::make_move_iterator(ready_.end()));
  ready_.clear();
  return out;
}

} // namespace milkrun::http
