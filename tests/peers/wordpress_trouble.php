<?php
// A must-use plugin: what goes wrong with a site, by the word in the file that wp-config.php names. No file: nothing.
$word = is_file(MILKRUN_TROUBLE) ? trim(file_get_contents(MILKRUN_TROUBLE)) : '';

if ($word === 'maintenance') { // as wp_maintenance() answers while it updates itself
    header('HTTP/1.1 503 Service Unavailable', true, 503);
    header('Content-Type: text/html; charset=utf-8');
    header('Retry-After: 600');
    exit('<!DOCTYPE html><title>Maintenance</title><h1>Briefly unavailable for scheduled maintenance. Check back in a minute.</h1>');
}
if ($word === 'parked') { // whoever has the domain now
    header('Content-Type: text/html; charset=utf-8');
    exit('<!DOCTYPE html><html><head><title>This domain is for sale</title></head><body><h1>Buy it now</h1></body></html>');
}
if ($word === 'closed') { // as plugins do that switch the REST API off
    add_filter('rest_authentication_errors', fn() => new WP_Error('rest_disabled', 'The REST API is switched off.', ['status' => 401]));
}
if ($word === 'no terms') { // authors write, and an editor sorts
    add_filter('register_taxonomy_args', function ($args, $taxonomy) {
        if ($taxonomy === 'post_tag') {
            $args['capabilities'] = ['manage_terms' => 'manage_options', 'edit_terms' => 'manage_options', 'delete_terms' => 'manage_options',
                'assign_terms' => 'manage_options'];
        }
        return $args;
    }, 10, 2);
}
