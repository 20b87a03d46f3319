// The stages of publish-feeds, in order. Each is in the file of its name.
#pragma once

#include "job/stage.hpp"

namespace milkrun::publish_feeds {

Stage sync_portal();
Stage poll_feed();
Stage choose_items();
Stage write_article();
Stage add_image();
Stage publish_post();
Stage report_run();

} // namespace milkrun::publish_feeds
