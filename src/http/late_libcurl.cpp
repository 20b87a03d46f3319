// libcurl, loaded at its first call. Its two dozen libraries (OpenSSL, GnuTLS, Kerberos, LDAP …) cost several times
// what all else of a run with nothing due does, and cron starts such a run each minute: so the program does not link
// libcurl, but these functions of its names. No other function of it is used; one more is one more line here.
#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>
#include <dlfcn.h>
#include <fmt/format.h>

#include <cstdarg>
#include <stdexcept>

namespace {

void* libcurl() {
  static void* const library = [] {
    void* const loaded = dlopen("libcurl.so.4", RTLD_LAZY | RTLD_LOCAL); // the same since 2006
    if (loaded == nullptr) throw std::runtime_error(fmt::format("libcurl cannot be loaded: {}", dlerror()));
    return loaded;
  }();
  return library;
}

template <class Function> Function* find(const char* name) {
  void* const found = dlsym(libcurl(), name);
  if (found == nullptr) throw std::runtime_error(fmt::format("libcurl has no {}", name));
  return reinterpret_cast<Function*>(found);
}

// The argument behind an option or a question, of the type its number says (curl.h, CURLOPTTYPE_*).
template <class Call> auto passed_on(std::va_list list, long option, Call&& call) {
  if (option < CURLOPTTYPE_OBJECTPOINT) return call(va_arg(list, long));
  if (option < CURLOPTTYPE_FUNCTIONPOINT) return call(va_arg(list, void*));
  if (option < CURLOPTTYPE_OFF_T) return call(va_arg(list, void (*)()));
  if (option < CURLOPTTYPE_BLOB) return call(va_arg(list, curl_off_t));
  return call(va_arg(list, void*));
}

// CURLU*, and const of late.
template <class Code, class First, class... Others> First first_of(Code (*)(First, Others...));
using Asked = decltype(first_of(&curl_url_get));

} // namespace

#define LATE(name) static auto* const late = find<decltype(name)>(#name)

extern "C" {

CURLcode curl_global_init(long flags) {
  LATE(curl_global_init);
  return late(flags);
}
curl_version_info_data* curl_version_info(CURLversion age) {
  LATE(curl_version_info);
  return late(age);
}
void curl_free(void* p) {
  LATE(curl_free);
  late(p);
}
curl_slist* curl_slist_append(curl_slist* list, const char* text) {
  LATE(curl_slist_append);
  return late(list, text);
}
void curl_slist_free_all(curl_slist* list) {
  LATE(curl_slist_free_all);
  late(list);
}

CURL* curl_easy_init() {
  LATE(curl_easy_init);
  return late();
}
CURLcode curl_easy_setopt(CURL* easy, CURLoption option, ...) {
  LATE(curl_easy_setopt);
  std::va_list list;
  va_start(list, option);
  const CURLcode code = passed_on(list, option, [&](auto value) { return late(easy, option, value); });
  va_end(list);
  return code;
}
CURLcode curl_easy_getinfo(CURL* easy, CURLINFO what, ...) {
  LATE(curl_easy_getinfo);
  std::va_list list;
  va_start(list, what);
  const CURLcode code = late(easy, what, va_arg(list, void*));
  va_end(list);
  return code;
}
CURLcode curl_easy_perform(CURL* easy) {
  LATE(curl_easy_perform);
  return late(easy);
}
CURLcode curl_easy_pause(CURL* easy, int what) {
  LATE(curl_easy_pause);
  return late(easy, what);
}
void curl_easy_reset(CURL* easy) {
  LATE(curl_easy_reset);
  late(easy);
}
void curl_easy_cleanup(CURL* easy) {
  LATE(curl_easy_cleanup);
  late(easy);
}
const char* curl_easy_strerror(CURLcode code) {
  LATE(curl_easy_strerror);
  return late(code);
}

CURLM* curl_multi_init() {
  LATE(curl_multi_init);
  return late();
}
CURLMcode curl_multi_setopt(CURLM* multi, CURLMoption option, ...) {
  LATE(curl_multi_setopt);
  std::va_list list;
  va_start(list, option);
  const CURLMcode code = passed_on(list, option, [&](auto value) { return late(multi, option, value); });
  va_end(list);
  return code;
}
CURLMcode curl_multi_add_handle(CURLM* multi, CURL* easy) {
  LATE(curl_multi_add_handle);
  return late(multi, easy);
}
CURLMcode curl_multi_remove_handle(CURLM* multi, CURL* easy) {
  LATE(curl_multi_remove_handle);
  return late(multi, easy);
}
CURLMcode curl_multi_socket_action(CURLM* multi, curl_socket_t socket, int events, int* running) {
  LATE(curl_multi_socket_action);
  return late(multi, socket, events, running);
}
CURLMsg* curl_multi_info_read(CURLM* multi, int* left) {
  LATE(curl_multi_info_read);
  return late(multi, left);
}
CURLMcode curl_multi_cleanup(CURLM* multi) {
  LATE(curl_multi_cleanup);
  return late(multi);
}
const char* curl_multi_strerror(CURLMcode code) {
  LATE(curl_multi_strerror);
  return late(code);
}

CURLU* curl_url() {
  LATE(curl_url);
  return late();
}
void curl_url_cleanup(CURLU* url) {
  LATE(curl_url_cleanup);
  late(url);
}
CURLUcode curl_url_get(Asked url, CURLUPart what, char** part, unsigned flags) {
  LATE(curl_url_get);
  return late(url, what, part, flags);
}
CURLUcode curl_url_set(CURLU* url, CURLUPart what, const char* part, unsigned flags) {
  LATE(curl_url_set);
  return late(url, what, part, flags);
}

} // extern "C"
