"""Every rule, grouped by the principle that it serves."""

from analyzers.rule import Rule
from analyzers.rules.ambient_authority.ambient_service_credential import AmbientServiceCredential
from analyzers.rules.ambient_authority.cross_session_state import CrossSessionState
from analyzers.rules.ambient_authority.hardcoded_credential import HardcodedCredential
from analyzers.rules.ambient_authority.secret_as_tool_parameter import SecretAsToolParameter
from analyzers.rules.ambient_authority.secret_returned_to_model import SecretReturnedToModel
from analyzers.rules.ambient_authority.state_handle_not_bound import StateHandleNotBound
from analyzers.rules.ambient_authority.token_passthrough import TokenPassthrough
from analyzers.rules.assume_breach.audit_without_tool_or_subject import AuditWithoutToolOrSubject
from analyzers.rules.assume_breach.denied_call_not_recorded import DeniedCallNotRecorded
from analyzers.rules.assume_breach.internal_error_to_model import InternalErrorToModel
from analyzers.rules.assume_breach.missing_tool_call_audit import MissingToolCallAudit
from analyzers.rules.assume_breach.secret_in_log import SecretInLog
from analyzers.rules.lateral_movement.path_injection_into_downstream_url import PathInjectionIntoDownstreamUrl
from analyzers.rules.lateral_movement.ssrf_broken_guard import SsrfBrokenGuard
from analyzers.rules.lateral_movement.ssrf_model_controlled_host import SsrfModelControlledHost
from analyzers.rules.lateral_movement.ssrf_redirect_after_check import SsrfRedirectAfterCheck
from analyzers.rules.lateral_movement.ssrf_resolve_then_connect import SsrfResolveThenConnect
from analyzers.rules.least_privilege.command_injection import CommandInjection
from analyzers.rules.least_privilege.long_lived_token import LongLivedToken
from analyzers.rules.least_privilege.path_traversal import PathTraversal
from analyzers.rules.least_privilege.query_injection import QueryInjection
from analyzers.rules.least_privilege.token_without_expiry import TokenWithoutExpiry
from analyzers.rules.least_privilege.unbounded_capability_tool import UnboundedCapabilityTool
from analyzers.rules.least_privilege.verifier_accepts_unexpiring_token import VerifierAcceptsUnexpiringToken
from analyzers.rules.least_privilege.wildcard_tool_grant import WildcardToolGrant
from analyzers.rules.server_identity.origin_validation_off import OriginValidationOff
from analyzers.rules.server_identity.plaintext_remote_endpoint import PlaintextRemoteEndpoint
from analyzers.rules.server_identity.tls_verification_disabled import TlsVerificationDisabled
from analyzers.rules.verify_explicitly.authorization_only_on_list import AuthorizationOnlyOnList
from analyzers.rules.verify_explicitly.authorization_removed_in_change import AuthorizationRemovedInChange
from analyzers.rules.verify_explicitly.caller_supplied_identity import CallerSuppliedIdentity
from analyzers.rules.verify_explicitly.development_verifier_in_server import DevelopmentVerifierInServer
from analyzers.rules.verify_explicitly.fail_open_authorization import FailOpenAuthorization
from analyzers.rules.verify_explicitly.guarded_tool_called_directly import GuardedToolCalledDirectly
from analyzers.rules.verify_explicitly.ineffective_authorization_check import IneffectiveAuthorizationCheck
from analyzers.rules.verify_explicitly.missing_audience_check import MissingAudienceCheck
from analyzers.rules.verify_explicitly.missing_per_tool_authorization import MissingPerToolAuthorization
from analyzers.rules.verify_explicitly.mounted_server_loses_authentication import MountedServerLosesAuthentication
from analyzers.rules.verify_explicitly.restriction_tag_misses_tool import RestrictionTagMissesTool
from analyzers.rules.verify_explicitly.unauthenticated_custom_route import UnauthenticatedCustomRoute
from analyzers.rules.verify_explicitly.unauthenticated_network_server import UnauthenticatedNetworkServer
from analyzers.rules.verify_explicitly.unchecked_redirect_uri import UncheckedRedirectUri
from analyzers.rules.verify_explicitly.unresolved_authorization import UnresolvedAuthorization
from analyzers.rules.verify_explicitly.unverified_token import UnverifiedToken

RULES: tuple[Rule, ...] = (
    AmbientServiceCredential(),
    CrossSessionState(),
    HardcodedCredential(),
    SecretAsToolParameter(),
    SecretReturnedToModel(),
    StateHandleNotBound(),
    TokenPassthrough(),
    AuditWithoutToolOrSubject(),
    DeniedCallNotRecorded(),
    InternalErrorToModel(),
    MissingToolCallAudit(),
    SecretInLog(),
    PathInjectionIntoDownstreamUrl(),
    SsrfBrokenGuard(),
    SsrfModelControlledHost(),
    SsrfRedirectAfterCheck(),
    SsrfResolveThenConnect(),
    CommandInjection(),
    LongLivedToken(),
    PathTraversal(),
    QueryInjection(),
    TokenWithoutExpiry(),
    UnboundedCapabilityTool(),
    VerifierAcceptsUnexpiringToken(),
    WildcardToolGrant(),
    OriginValidationOff(),
    PlaintextRemoteEndpoint(),
    TlsVerificationDisabled(),
    AuthorizationOnlyOnList(),
    AuthorizationRemovedInChange(),
    CallerSuppliedIdentity(),
    DevelopmentVerifierInServer(),
    FailOpenAuthorization(),
    GuardedToolCalledDirectly(),
    IneffectiveAuthorizationCheck(),
    MissingAudienceCheck(),
    MissingPerToolAuthorization(),
    MountedServerLosesAuthentication(),
    RestrictionTagMissesTool(),
    UnauthenticatedCustomRoute(),
    UnauthenticatedNetworkServer(),
    UncheckedRedirectUri(),
    UnresolvedAuthorization(),
    UnverifiedToken(),
)
