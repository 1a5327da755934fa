namespace Cmq.MultiProtocol.Adapters.Amqp.Codec.Methods;

/// <summary>Client: makes the channel transactional.</summary>
public readonly record struct TxSelect : IAmqpMethod<TxSelect>
{
    public static AmqpMethodId Id => AmqpMethodId.TxSelect;

    public static TxSelect Read(ref AmqpFieldReader fields) => default;

    public void Write(AmqpFieldWriter fields)
    {
    }
}

/// <summary>Server: it is.</summary>
public readonly record struct TxSelectOk : IAmqpMethod<TxSelectOk>
{
    public static AmqpMethodId Id => AmqpMethodId.TxSelectOk;

    public static TxSelectOk Read(ref AmqpFieldReader fields) => default;

    public void Write(AmqpFieldWriter fields)
    {
    }
}

/// <summary>Client: commits.</summary>
public readonly record struct TxCommit : IAmqpMethod<TxCommit>
{
    public static AmqpMethodId Id => AmqpMethodId.TxCommit;

    public static TxCommit Read(ref AmqpFieldReader fields) => default;

    public void Write(AmqpFieldWriter fields)
    {
    }
}

/// <summary>Server: committed.</summary>
public readonly record struct TxCommitOk : IAmqpMethod<TxCommitOk>
{
    public static AmqpMethodId Id => AmqpMethodId.TxCommitOk;

    public static TxCommitOk Read(ref AmqpFieldReader fields) => default;

    public void Write(AmqpFieldWriter fields)
    {
    }
}

/// <summary>Client: rolls back.</summary>
public readonly record struct TxRollback : IAmqpMethod<TxRollback>
{
    public static AmqpMethodId Id => AmqpMethodId.TxRollback;

    public static TxRollback Read(ref AmqpFieldReader fields) => default;

    public void Write(AmqpFieldWriter fields)
    {
    }
}

/// <summary>Server: rolled back.</summary>
public readonly record struct TxRollbackOk : IAmqpMethod<TxRollbackOk>
{
    public static AmqpMethodId Id => AmqpMethodId.TxRollbackOk;

    public static TxRollbackOk Read(ref AmqpFieldReader fields) => default;

    public void Write(AmqpFieldWriter fields)
    {
    }
}
