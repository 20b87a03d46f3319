// The seal opens with the very key and binding it was made with, and with nothing else.
#include "base/text.hpp"
#include "credentials/vault.hpp"

#include <ostream>

#include <doctest/doctest.h>

using namespace milkrun;

namespace {

const Binding asha{.tenant = "asha",
                   .owner = "tenant:asha",
                   .service = "wordpress",
                   .id = "c1",
                   .origin = "https://blog.example",
                   .account = "editor",
                   .version = 7};

} // namespace

TEST_CASE("a sealed secret comes back, whatever its bytes, and never looks the same twice") {
  const MasterKey key = MasterKey::random();
  for (const std::string& clear :
       {std::string(), std::string("abcd efgh"), std::string("\0\xff\n", 3), std::string(70'000, 's')}) {
    const std::string sealed = seal(key, asha, Secret(clear));
    CHECK(sealed != seal(key, asha, Secret(clear)));
    if (clear.size() > 3) CHECK(sealed.find(clear.substr(0, 20)) == std::string::npos);
    const auto open = unseal(key, asha, sealed);
    REQUIRE(open.has_value());
    CHECK(open->reveal() == clear);
  }
}

TEST_CASE("another key, tenant, owner, service, id, origin, account or version does not open it") {
  const MasterKey key = MasterKey::random(), other = MasterKey::random();
  const std::string sealed = seal(key, asha, Secret("hunter2"));
  CHECK_FALSE(unseal(other, asha, sealed).has_value());
  const auto changed = [](auto change) {
    Binding b = asha;
    change(b);
    return b;
  };
  const Binding table[] = {
      changed([](Binding& b) { b.tenant = "bolt"; }),
      changed([](Binding& b) { b.owner = "tenant:bolt"; }),
      changed([](Binding& b) { b.owner = "campaign:asha"; }),
      changed([](Binding& b) { b.service = "ai"; }),
      changed([](Binding& b) { b.id = "c2"; }),
      changed([](Binding& b) { b.origin = "https://blog.example:8443"; }),
      changed([](Binding& b) { b.origin = "http://blog.example"; }),
      changed([](Binding& b) { b.origin = ""; }),
      changed([](Binding& b) { b.account = "admin"; }),
      changed([](Binding& b) { b.version = 6; }),
      // the same letters, shared out differently between two neighbouring parts
      changed([](Binding& b) { b.owner = "tenant:ashaw", b.service = "ordpress"; }),
      changed([](Binding& b) { b.service = "wordpressc", b.id = "1"; }),
      changed([](Binding& b) { b.account = "edito", b.version = 77; }),
  };
  for (const Binding& b : table) {
    CAPTURE(b.owner);
    CAPTURE(b.service);
    CAPTURE(b.id);
    CAPTURE(b.origin);
    CHECK_FALSE(unseal(key, b, sealed).has_value());
  }
  CHECK(unseal(key, asha, sealed).has_value());
}

TEST_CASE("a sealed text that was cut, lengthened, changed or is no base64 does not open") {
  const MasterKey key = MasterKey::random();
  const std::string raw = *text::from_base64(seal(key, asha, Secret("hunter2")));
  for (std::size_t i = 0; i < raw.size(); ++i) {
    CAPTURE(i);
    std::string bent = raw;
    bent[i] = static_cast<char>(bent[i] ^ 1);
    CHECK_FALSE(unseal(key, asha, text::base64(bent)).has_value());
    CHECK_FALSE(unseal(key, asha, text::base64(raw.substr(0, i))).has_value());
  }
  CHECK_FALSE(unseal(key, asha, text::base64(raw + "x")).has_value());
  CHECK_FALSE(unseal(key, asha, "").has_value());
  CHECK_FALSE(unseal(key, asha, "not base64 at all!").has_value());
}
