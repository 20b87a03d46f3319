// More hosts than a process may have files open.
#include "attack/farm.hpp"
#include "attack/world.hpp"

#include <fmt/format.h>

using namespace milkrun::attack;
using milkrun::e2e::Child;
using milkrun::e2e::Finished;
using milkrun::e2e::nobody;
using milkrun::e2e::Words;

TEST_CASE("twelve hundred feed hosts are read with a limit of 1,024 open files, and nobody's connect fails") {
  Farm farm(1'200, rss(rss_item("one")));
  Scene scene(nobody);
  Json many = poller(scene, "many", farm.url(0));
  many["feeds"] = Json::array();
  for (std::size_t i = 0; i < farm.size(); ++i) many["feeds"].push_back({{"url", farm.url(i)}, {"first_poll", "none"}});
  scene.document = {{"tenants", {many, honest(scene, "asha")}}};
  scene.open();
  const Words argv{"/bin/sh",      "-c",       "ulimit -n 1024 && exec \"$@\"", "sh",
                   MILKRUN_BINARY, "--config", scene.path("milkrun.toml"),      "publish-feeds",
                   "--in-flight",  "1000"};
  const Finished finished = scene.heard(Child(argv).wait(std::chrono::seconds(120))).finished;
  CHECK(finished.code == 0);
  CHECK(scene.posts("asha") == 1);
  CHECK(farm.answers() == 1'200);
  CHECK(scene.db().number("SELECT count(*) FROM feeds WHERE last_error <> '' OR polled_at IS NULL") == 0);
  CHECK(farm.most_open() < 900);
}
