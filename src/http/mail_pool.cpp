// Threads come with the mails and stay until the pool goes. Who takes a job takes the oldest whose account has a place.
#include "http/mail_pool.hpp"

#include "base/kill_point.hpp"
#include "http/quiet_thread.hpp"

#include <algorithm>

namespace milkrun::http {
namespace {

// What shares a connection: nothing but mails of one tenant through one account.
std::string account_of(const MailPool::Job& job) {
  const Request& r = job.request;
  return r.caller.tenant + '\n' + job.destination.url + '\n' + r.envelope->user;
}

} // namespace

MailPool::MailPool(const TransferSettings& settings, const Guard& guard, Limits limits, Done done)
    : settings_(settings), guard_(guard), limits_(limits), done_(std::move(done)) {}

MailPool::~MailPool() {
  stop(std::chrono::steady_clock::now());
  {
    const std::lock_guard hold(lock_);
    quit_ = true;
    changed_.notify_all();
  }
  for (std::thread& thread : threads_) thread.join();
}

void MailPool::submit(Job job) {
  const std::lock_guard hold(lock_);
  waiting_.push_back(std::move(job));
  if (free_threads_ >= waiting_.size() || threads_.size() >= limits_.threads) return changed_.notify_one();
  threads_.push_back(quiet_thread([this] { work(); }));
}

bool MailPool::withdraw(std::uint64_t id) {
  const std::lock_guard hold(lock_);
  return std::erase_if(waiting_, [id](const Job& job) { return job.id == id; }) > 0;
}

void MailPool::stop(Instant open_mails_end) {
  stop_.stop(open_mails_end);
  const std::lock_guard hold(lock_);
  for (const Job& job : std::exchange(waiting_, {})) done_(job.id, fail(Fault::aborted, "network.stopped"));
}

std::optional<MailPool::Job> MailPool::next_job() {
  const auto free =
      std::ranges::find_if(waiting_, [&](const Job& job) { return busy_[account_of(job)] < limits_.an_account; });
  if (free == waiting_.end()) return std::nullopt;
  Job job = std::move(*free);
  waiting_.erase(free);
  return job;
}

// Of all accounts the idle ones that idled too long go to `stale`, to be closed without the lock.
std::unique_ptr<MailSession> MailPool::take_session(const std::string& account, std::vector<Idle>& stale) {
  const Instant too_old = std::chrono::steady_clock::now() - limits_.idle;
  for (auto at = sessions_.begin(); at != sessions_.end();) {
    auto& idle = at->second;
    while (!idle.empty() && idle.front().since < too_old) {
      stale.push_back(std::move(idle.front()));
      idle.erase(idle.begin());
      --idle_;
    }
    at = idle.empty() ? sessions_.erase(at) : std::next(at);
  }
  const auto own = sessions_.find(account);
  if (own == sessions_.end()) return nullptr;
  auto session = std::move(own->second.back().session);
  own->second.pop_back();
  --idle_;
  if (own->second.empty()) sessions_.erase(own);
  return session;
}

// Files are few, and every account has idle connections of its own: the longest idle makes place.
void MailPool::make_room(std::vector<Idle>& stale) {
  while (idle_ > 0 && on_their_way_ + idle_ > limits_.threads) {
    const auto oldest = std::ranges::min_element(
        sessions_, {}, [](const auto& account) { return account.second.front().since; }); // each is in their order
    stale.push_back(std::move(oldest->second.front()));
    oldest->second.erase(oldest->second.begin());
    if (oldest->second.empty()) sessions_.erase(oldest);
    --idle_;
  }
}

// A process that was stopped (SIGSTOP) on the way here must not send late.
Expected<Response> MailPool::send(const Job& job, MailSession& session) {
  if (stop_.stopped()) return fail(Fault::aborted, "network.stopped");
  kill_point("http.before_send");
  if (std::chrono::steady_clock::now() >= job.connect_by)
    return fail(Fault::outage, "network.no_time_left", job.destination.host);
  auto result = session.send(job.request, job.destination, guard_, job.connect_by, job.end_by, stop_);
  kill_point("http.after_answer");
  return result;
}

void MailPool::work() {
  std::unique_lock hold(lock_);
  while (true) {
    std::vector<Idle> stale;
    auto job = next_job();
    if (!job) {
      if (quit_) return;
      ++free_threads_;
      changed_.wait_for(hold, limits_.idle);
      --free_threads_;
      take_session("", stale);
      hold.unlock();
      stale.clear();
      hold.lock();
      continue;
    }
    const std::string account = account_of(*job);
    auto session = take_session(account, stale);
    ++busy_[account];
    ++on_their_way_;
    make_room(stale);
    hold.unlock();
    stale.clear();
    if (!session) session = std::make_unique<MailSession>(settings_);
    auto result = send(*job, *session);
    if (!session->reusable()) session.reset();
    hold.lock();
    if (--busy_[account] == 0) busy_.erase(account);
    --on_their_way_;
    if (session) {
      sessions_[account].push_back({std::move(session), std::chrono::steady_clock::now()});
      ++idle_;
    }
    changed_.notify_one(); // somebody may wait for this account
    done_(job->id, std::move(result));
  }
}

} // namespace milkrun::http
