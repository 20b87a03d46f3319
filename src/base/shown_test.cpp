// What complaints say of values that may be secrets in the wrong place.
#include "base/shown.hpp"

#include <ostream>

#include <doctest/doctest.h>

using namespace milkrun;

TEST_CASE("an address is shown without whoever signs in by it, and without its query") {
  const struct {
    const char *url, *said;
  } rows[] = {{"https://example.org/feed", "https://example.org/feed"},
              {"http://example.org:8080/a/@b", "http://example.org:8080/a/@b"},
              {"http://[::1]:80/@b", "http://[::1]:80/@b"},
              {"https://u:sEcret@example.org/feed", "https://***@example.org/feed"},
              {"https://u:sE@cret@example.org", "https://***@example.org"},
              {"https://u:sE/cret@example.org", "https://***"},
              {"https://u:sE?cret@example.org", "https://***"},
              {"https://example.org/?token=sEcret", "https://example.org/?***"},
              {"https://example.org#sEcret", "https://example.org#***"},
              {"sEcret0123", "***"},
              {"u:sEcret@example.org", "***"},
              {"example.org/feed", "example.org/feed"},
              {"https:u:sEcret@example.org", "***"},
              {"", "***"}};
  for (const auto& row : rows) {
    const std::string said = shown::url(row.url);
    CAPTURE(row.url);
    CHECK(said == row.said);
  }
}

TEST_CASE("a word that could be a key is not shown") {
  for (const char* word : {"smtp", "latest", "language_name", "two words of some 20 letters", "4917012345678901234"})
    CHECK(shown::word(word) == word);
  for (const char* key :
       {"sk-0123456789abcdef", "EAAG0123456789ZDZD", "/send?token=0a1b2c3d4e5f", "Bearer sk-0123456789abcdef"})
    CHECK(shown::word(key) == "***");
}

TEST_CASE("a parameter that is called like a secret is found wherever an address can hold one") {
  for (const char* url : {"https://a.example/?token=x",
                          "https://a.example/s?a=b&api_key=x",
                          "https://a.example/?API%4bEY=x",
                          "https://a.example/?x[api_key]=x",
                          "https://a.example/s;token=x",
                          "https://a.example/?a=b;token=x",
                          "https://a.example/#token=x",
                          "https://a.example/?sig=x",
                          "https://a.example/?code=x",
                          "https://a.example/?accessKey=x",
                          "https://a.example/?sk-secret0123456789",
                          "https://a.example/token=x/send",
                          "https://a.example/api/token/sup3r-s3cret-value",
                          "https://a.example/Sup3rS3cretValue99/send",
                          "https://a.example/v1/q7XwLk2Mn4PvRsTz9b/x",
                          "https://a.example/?k=Sup3rS3cretValue99",
                          "https://a.example/#Sup3rS3cretValue99",
                          "https://a.example/v1#k=x",
                          "https://a.example/bot123456:AAExY0zT3l3gramToken/",
                          "https://a.example/Xy7%41Sup3rS3cretValue99"}) {
    CAPTURE(url);
    CHECK(shown::secret_of_url(url) != "");
  }
  CHECK(shown::secret_of_url("https://a.example/?token=x") == "the parameter token");
  CHECK(shown::secret_of_url("https://a.example/?sk-secret0123456789") == "a parameter"); // its name is the secret
  for (const char* url :
       {"https://a.example/tokens/v1/messages", "https://a.example/?api-version=2024-02-01",
        "https://a.example/?country_code=49", "https://a.example/?rest_route=/", "smtp://a.example",
        "https://tokens.example/", "https://a.example/?page=2&language=en",
        "https://a.example/models/meta-llama/Llama-3.1-8B-Instruct-Turbo/v1",
        "https://a.example/v1/0123456789abcdef0123456789abcdef/gateway/openai",
        "https://a.example/waInstance1101000001/send", "https://a.example/deployments/Gpt4oMiniDeployment",
        "https://a.example/keys/v1beta1/models", "https://a.example/3f2504e0-4f89-11d3-9a0c-0305e82c3301/v1"}) {
    CAPTURE(url);
    CHECK(shown::secret_of_url(url) == "");
  }
}
