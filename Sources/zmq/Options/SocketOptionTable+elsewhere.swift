// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

/// Options of libzmq that cannot be set here, and why: so that they are not taken for misspelt.
extension SocketOptionTable {
    private static let future = "this version does not have the option"
    private static let gssapi = "there is no GSSAPI mechanism"
    private static let multicast = "there is no multicast transport"
    private static let norm = "there is no norm transport"
    private static let vmci = "there is no vmci transport"
    private static let wss = "there is no wss transport"
    private static let stream = "there are no sockets without a protocol"
    private static let batches = "reads and writes have a size of their own, up to 128 and 64 KiB"
    private static let readOnly = "it can be read only"
    private static let affinity = "a socket has one of the context's event loops, in turn"
    private static let windows = "it is for Windows only"

    static let elsewhere: [String: String] = [
        "affinity": affinity,
        "curve_publickey": future,
        "curve_secretkey": future,
        "curve_server": future,
        "curve_serverkey": future,
        "events": readOnly,
        "fd": readOnly,
        "gssapi_plaintext": gssapi,
        "gssapi_principal": gssapi,
        "gssapi_principal_nametype": gssapi,
        "gssapi_server": gssapi,
        "gssapi_service_principal": gssapi,
        "gssapi_service_principal_nametype": gssapi,
        "in_batch_size": batches,
        "last_endpoint": readOnly,
        "loopback_fastpath": windows,
        "mechanism": readOnly,
        "multicast_hops": multicast,
        "multicast_loop": multicast,
        "multicast_maxtpdu": multicast,
        "norm_block_size": norm,
        "norm_buffer_size": norm,
        "norm_mode": norm,
        "norm_num_autoparity": norm,
        "norm_num_parity": norm,
        "norm_push": norm,
        "norm_segment_size": norm,
        "norm_unicast_nack": norm,
        "out_batch_size": batches,
        "plain_password": future,
        "plain_server": future,
        "plain_username": future,
        "rate": multicast,
        "rcvmore": readOnly,
        "recovery_ivl": multicast,
        "router_raw": stream,
        "stream_notify": stream,
        "thread_safe": readOnly,
        "topics_count": readOnly,
        "type": readOnly,
        "vmci_buffer_max_size": vmci,
        "vmci_buffer_min_size": vmci,
        "vmci_buffer_size": vmci,
        "vmci_connect_timeout": vmci,
        "wss_cert_pem": wss,
        "wss_hostname": wss,
        "wss_key_pem": wss,
        "wss_trust_pem": wss,
        "wss_trust_system": wss,
        "zap_domain": future,
        "zap_enforce_domain": future,
    ]
}
