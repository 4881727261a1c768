"""Methods of clients, and functions of modules, that are named by what they are about, and say nothing of what they do.

`JIRA().issue(key)` reads an issue, with the token of the client; `Spotify().next_track()` changes what is played.
"""

JIRA = (
    *("issue", "issues", "project", "projects", "project_versions", "project_components", "project_roles", "comment"),
    *("comments", "transitions", "worklog", "worklogs", "watchers", "votes", "remote_links", "remote_link", "user"),
    *("myself", "current_user", "groups", "group_members", "boards", "sprint", "sprints", "sprint_info", "attachment"),
    *("attachment_meta", "filter", "favourite_filters", "dashboards", "dashboard", "component", "version", "role"),
    *("project_role", "permissions", "my_permissions", "application_properties", "issue_properties", "createmeta"),
)
ATLASSIAN = (
    *("issue", "issue_field_value", "issue_changelog", "project", "projects", "project_leaders", "user", "myself"),
    *("users_get_all", "epic_issues", "history", "children_of_type"),
)
PLAYED = (
    *("current_user", "me", "user", "current_user_playlists", "current_user_saved_tracks", "current_user_saved_albums"),
    *("current_user_top_tracks", "current_user_top_artists", "current_user_followed_artists", "current_user_playing"),
    *("current_user_recently_played", "current_user_saved_shows", "current_user_saved_episodes", "current_playback"),
    *("current_user_playing_track", "currently_playing", "playlist", "playlist_items", "playlist_tracks", "devices"),
    *("user_playlists", "user_playlist", "user_playlist_tracks", "queue"),
)
PLAYING = (
    *("next_track", "previous_track", "pause_playback", "start_playback", "seek_track", "volume", "shuffle", "repeat"),
    *("playlist_change_details", "playlist_reorder_items", "playlist_replace_items", "current_user_follow_playlist"),
    *("user_playlist_change_details", "user_follow_artists", "user_follow_users", "transfer_playback"),
)
GONE = (
    *("current_user_saved_tracks_delete", "current_user_saved_albums_delete", "current_user_unfollow_playlist"),
    *("current_user_saved_shows_delete", "current_user_saved_episodes_delete", "user_unfollow_artists"),
)
PROCESSES = ("process_iter", "users", "net_connections", "win_service_iter")
REGISTRY = ("QueryValue", "QueryValueEx", "EnumKey", "EnumValue", "QueryInfoKey")

READING = (
    *(f"{made}().{name}" for made in ("jira.JIRA", "jira.client.JIRA") for name in JIRA),
    *(f"atlassian.{made}().{name}" for made in ("Jira", "Confluence", "Bitbucket") for name in ATLASSIAN),
    *(f"spotipy.{made}().{name}" for made in ("Spotify", "client.Spotify") for name in PLAYED),
    *(f"psutil.{name}" for name in PROCESSES),
    *(f"winreg.{name}" for name in REGISTRY),
)
WRITING = tuple(f"spotipy.{made}().{name}" for made in ("Spotify", "client.Spotify") for name in PLAYING)
REMOVING = tuple(f"spotipy.{made}().{name}" for made in ("Spotify", "client.Spotify") for name in GONE)
