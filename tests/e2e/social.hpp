// The seed's scenario: a pizza shop with two campaigns on one token, a gym, and a bookshop without a WhatsApp account.
#pragma once

#include "e2e/scene.hpp"

namespace milkrun::e2e {

// "2026-11-21T12:00:00Z", so many minutes ago.
std::string minutes_ago(int minutes);

// pizza: Instagram account 100 with media 178 (campaign launch, task a) and 179 (campaign loyalty, task c), WhatsApp
// Cloud. gym: Facebook Page 200 with post 200_1 (campaign fit, task b), a session gateway. books: Instagram account 300
// with media 301 (campaign read, task d), no WhatsApp.
class Social : public Scene {
public:
  Social();

  Json& tenant(const std::string& slug);
  Json& campaign(const std::string& tenant, const std::string& slug);
  // A contact of the tenant who consented, known by her handle.
  void contact(const std::string& tenant, const std::string& phone, const std::string& name);
  // She says she did it, ten minutes ago.
  void claim(const std::string& tenant, const std::string& campaign, const std::string& task, const std::string& phone,
             const Json& more = Json::object());
  // She did: a comment by her handle.
  void comment(const std::string& tenant, const std::string& object, const std::string& id, const std::string& name,
               const std::string& text = "done!", int ago = 9);
  // One person of each tenant and campaign: claim and comment.
  void everybody();

  Report verify(const Words& more = {}, const Environment& extra = {}) { return run_job("verify-social", more, extra); }
  std::string claim_state(const std::string& task) const; // of the only claim of the task
  Json messages() const;                                  // that senders accepted
  void no_doubles() const;
};

} // namespace milkrun::e2e
