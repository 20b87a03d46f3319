// Starts a milkrun-sandbox of one's own and talks to its control API. For tests.
#pragma once

#include <string>
#include <sys/types.h>

namespace milkrun::sandbox {

class SandboxProcess {
public:
  // Returns when the sandbox answers; it dies with this object or with this program. Throws std::runtime_error.
  SandboxProcess();
  ~SandboxProcess();
  SandboxProcess(const SandboxProcess&) = delete;
  SandboxProcess& operator=(const SandboxProcess&) = delete;

  std::string http() const { return "http://127.0.0.1:" + std::to_string(http_port_); }
  std::string https() const { return "https://127.0.0.1:" + std::to_string(https_port_); }
  int http_port() const { return http_port_; }
  int https_port() const { return https_port_; }
  std::string ca_file() const { return dir_ + "/ca.pem"; }
  const std::string& dir() const { return dir_; } // deleted with this object
  pid_t pid() const { return pid_; }

  // The control API: method, what ("state", "journal", "effects", "faults", "limits"), JSON body; the answer's JSON.
  // Throws std::runtime_error with the sandbox's complaint.
  std::string control(const std::string& method, const std::string& what, const std::string& body = "") const;
  // The answer's exit code; ends the process now.
  int stop();

private:
  void read_ports();

  std::string dir_;
  pid_t pid_ = -1;
  int http_port_ = 0;
  int https_port_ = 0;
};

} // namespace milkrun::sandbox
