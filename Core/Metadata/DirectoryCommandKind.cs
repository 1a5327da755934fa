namespace Cmq.MultiProtocol.Core.Metadata;

/// <summary>First byte of an encoded command of the directory. On disk and on lanes: never
/// renumber.</summary>
public enum DirectoryCommandKind : byte
{
    /// <summary>Not a command.</summary>
    None = 0,
    Bootstrap = 1,
    RaiseVersion = 2,
    RegisterNode = 3,
    NodeGone = 4,
    PutMember = 5,
    RemoveMember = 6,

    DeclareTopic = 10,
    DeleteTopic = 11,
    GrowPartitions = 12,
    ChangeTopic = 13,

    DeclareQueue = 20,
    ChangeQueue = 21,
    RemoveConnectionQueues = 22,

    Bind = 30,
    Unbind = 31,

    PutNamespace = 40,
    DeleteNamespace = 41,

    PutUser = 50,
    DeleteUser = 51,
    SetPermissions = 52,
    ClearPermissions = 53,
    PutAccessKey = 54,
    DeleteAccessKey = 55,

    /// <summary>From a queue's group: it has the queue.</summary>
    QueueReady = 200,

    /// <summary>From a queue's group: it has the queue no longer.</summary>
    QueueGone = 201,
}
