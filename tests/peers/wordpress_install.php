<?php
// Installs one site (wordpress.sh sets the environment): tables, a user and an application password per role,
// pretty permalinks, no sample post. Writes the site's part of sites.json to the path given.
if (PHP_SAPI !== 'cli') exit(1);
$base = getenv('MILKRUN_BASE_URL');
$_SERVER = array_merge($_SERVER, ['HTTP_HOST' => substr($base, strlen('http://')), 'SERVER_NAME' => '127.0.0.1',
    'SERVER_PROTOCOL' => 'HTTP/1.1', 'REQUEST_METHOD' => 'GET', 'REQUEST_URI' => '/', 'REMOTE_ADDR' => '127.0.0.1']);
define('WP_INSTALLING', true);
require ABSPATH . 'wp-load.php';
function wp_new_blog_notification() {}                     // the stock one sends mail
add_filter('pre_http_request', fn() => new WP_Error('no'));  // installing asks the site's own URL, which is not up
require ABSPATH . 'wp-admin/includes/upgrade.php';
wp_install(getenv('MILKRUN_SITE'), 'admin', 'admin@example.test', true, '', bin2hex(random_bytes(12)));
wp_delete_post(1, true);
update_option('permalink_structure', '/%postname%/');
update_option('default_pingback_flag', 0);
$roles = [];
foreach (['administrator', 'editor', 'author', 'contributor', 'subscriber'] as $role) {
    $login = $role === 'administrator' ? 'admin' : $role;
    $user = get_user_by('login', $login);
    $id = $user ? $user->ID : wp_insert_user(['user_login' => $login, 'user_pass' => bin2hex(random_bytes(12)),
        'user_email' => "$login@example.test", 'role' => $role]);
    $made = is_wp_error($id) ? $id : WP_Application_Passwords::create_new_application_password($id, ['name' => 'milkrun']);
    if (is_wp_error($made)) { fwrite(STDERR, $made->get_error_message() . "\n"); exit(1); }
    $roles[$role] = ['user' => $login, 'password' => WP_Application_Passwords::chunk_password($made[0])];
}
global $wp_rewrite;
$wp_rewrite->init();
$wp_rewrite->flush_rules(false);
file_put_contents($argv[1], json_encode(['base_url' => $base, 'tls_url' => (string) getenv('MILKRUN_TLS_URL'),
    'ca_file' => (string) getenv('MILKRUN_CA_FILE'), 'roles' => $roles], JSON_UNESCAPED_SLASHES));
