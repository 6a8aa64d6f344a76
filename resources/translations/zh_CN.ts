<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="zh_CN">
<context>
    <name>AccuracyCurves</name>
    <message>
        <source>Compare with simpler methods</source>
        <translation>与更简单的方法比较</translation>
    </message>
    <message>
        <source>Accuracy after each task</source>
        <translation>每个任务之后的准确率</translation>
    </message>
    <message>
        <source>accuracy, %</source>
        <translation>准确率，%</translation>
    </message>
    <message>
        <source>tasks learned</source>
        <translation>已学任务</translation>
    </message>
    <message>
        <source>tasks learned; curves of the {n} that are lowest now</source>
        <translation>已学任务；仅显示目前最低的 {n} 条曲线</translation>
    </message>
    <message>
        <source>After {task}</source>
        <translation>学完{task}之后</translation>
    </message>
    <message>
        <source>all classes</source>
        <translation>所有类别</translation>
    </message>
</context>
<context>
    <name>AddSheet</name>
    <message>
        <source>Add photos</source>
        <translation>添加照片</translation>
    </message>
    <message>
        <source>Looking into the folders...</source>
        <translation>正在查看文件夹…</translation>
    </message>
    <message>
        <source>What will be added</source>
        <translation>将要添加的内容</translation>
    </message>
    <message>
        <source>Classes from keywords</source>
        <translation>由关键字建立类别</translation>
    </message>
    <message>
        <source>Folders that were found</source>
        <translation>找到的文件夹</translation>
    </message>
    <message>
        <source>Task of the new classes</source>
        <translation>新类别所属任务</translation>
    </message>
    <message>
        <source>Photos held out for testing</source>
        <translation>留作测试的照片</translation>
    </message>
    <message>
        <source>Add</source>
        <translation>添加</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
    <message>
        <source>Puts photos that look alike together; you say what each group is</source>
        <translation>把看起来相像的照片放在一起；由您说出每组是什么</translation>
    </message>
    <message>
        <source>Not sorted yet? Sort them</source>
        <translation>还没有归类？去归类</translation>
    </message>
    <message>
        <source>Task</source>
        <translation>任务</translation>
    </message>
    <message>
        <source>Held out for testing</source>
        <translation>留作测试</translation>
    </message>
    <message>
        <source>No photo has a keyword</source>
        <translation>没有照片带有关键字</translation>
    </message>
    <message>
        <source>Classes from folders</source>
        <translation>由文件夹建立类别</translation>
    </message>
    <message>
        <source>{n} skipped · Show</source>
        <translation>跳过 {n} 个 · 显示</translation>
    </message>
    <message>
        <source>{classes}, {photos}</source>
        <translation>{classes}，{photos}</translation>
    </message>
    <message>
        <source>1 photo is in two classes</source>
        <translation>1 张照片同时在两个类别中</translation>
    </message>
    <message>
        <source>{n} photos are in two classes</source>
        <translation>{n} 张照片同时在两个类别中</translation>
    </message>
    <message>
        <source>{both}: tick where it belongs, in the last rows</source>
        <translation>{both}：请在最后几行勾选它所属的类别</translation>
    </message>
    <message>
        <source>{photos} with several of these keywords</source>
        <translation>{photos}带有其中多个关键字</translation>
    </message>
    <message>
        <source>Add {photos}</source>
        <translation>添加 {photos}</translation>
    </message>
    <message>
        <source>These classes have their task already</source>
        <translation>这些类别已属于某个任务</translation>
    </message>
    <message>
        <source>{photos} in the project already</source>
        <translation>{photos}已在项目中</translation>
    </message>
    <message>
        <source>These photos are not learned from: they show how good the model is</source>
        <translation>这些照片不用于学习，只用来检验模型有多好</translation>
    </message>
    <message>
        <source>The folders named train and test say which photos are held out</source>
        <translation>由名为 train 和 test 的文件夹决定哪些照片留作测试</translation>
    </message>
    <message>
        <source>Give the task a name</source>
        <translation>请给任务起个名字</translation>
    </message>
    <message>
        <source>{name} is trained already: choose another task</source>
        <translation>“{name}”已经训练过，请选择其他任务</translation>
    </message>
</context>
<context>
    <name>Adding</name>
    <message>
        <source>Adding photos</source>
        <translation>正在添加照片</translation>
    </message>
    <message>
        <source>Added {photos} to {classes}.</source>
        <translation>已将{photos}添加到{classes}。</translation>
    </message>
    <message>
        <source>{n} skipped.</source>
        <translation>跳过 {n} 个。</translation>
    </message>
    <message>
        <source>Show</source>
        <translation>显示</translation>
    </message>
    <message>
        <source>Nothing was added: {reason}</source>
        <translation>未添加任何内容：{reason}</translation>
    </message>
    <message>
        <source>Cancelled. Nothing was added.</source>
        <translation>已取消。未添加任何内容。</translation>
    </message>
</context>
<context>
    <name>AdviceList</name>
    <message>
        <source>Look</source>
        <translation>查看</translation>
    </message>
    <message>
        <source>Go to the photos</source>
        <translation>去看照片</translation>
    </message>
    <message>
        <source>Go to the photos of {name}</source>
        <translation>去看“{name}”的照片</translation>
    </message>
</context>
<context>
    <name>AnswerModel</name>
    <message>
        <source>cannot be read</source>
        <translation>无法读取</translation>
    </message>
    <message>
        <source>None of these</source>
        <translation>都不是</translation>
    </message>
    <message>
        <source>Cannot be read</source>
        <translation>无法读取</translation>
    </message>
    <message>
        <source>Contradicts its burst</source>
        <translation>与连拍不符</translation>
    </message>
    <message>
        <source>1 contradicts it</source>
        <translation>1 张与此不符</translation>
    </message>
    <message>
        <source>{n} contradict it</source>
        <translation>{n} 张与此不符</translation>
    </message>
    <message>
        <source>corrected</source>
        <translation>已更正</translation>
    </message>
    <message>
        <source>Changed</source>
        <translation>已改变</translation>
    </message>
    <message>
        <source>Alone: {answer}</source>
        <translation>单独识别：{answer}</translation>
    </message>
</context>
<context>
    <name>AnswerOutput</name>
    <message>
        <source>Tables (*.csv)</source>
        <translation>表格 (*.csv)</translation>
    </message>
    <message>
        <source>JSON lines (*.jsonl)</source>
        <translation>JSON 行 (*.jsonl)</translation>
    </message>
    <message>
        <source>Save the answers</source>
        <translation>保存识别结果</translation>
    </message>
    <message>
        <source>Saving the answers</source>
        <translation>正在保存识别结果</translation>
    </message>
    <message>
        <source>Writing keywords</source>
        <translation>正在写入关键字</translation>
    </message>
    <message>
        <source>Wrote keywords for {photos}</source>
        <translation>已为{photos}写入关键字</translation>
    </message>
    <message>
        <source>Left alone: {n} ({why})</source>
        <translation>未改动：{n}（{why}）</translation>
    </message>
    <message>
        <source>Write keywords</source>
        <translation>写入关键字</translation>
    </message>
    <message>
        <source>Taking keywords back</source>
        <translation>正在撤回关键字</translation>
    </message>
    <message>
        <source>Took the keywords of {photos} back</source>
        <translation>已撤回{photos}的关键字</translation>
    </message>
    <message>
        <source>Sorting photos</source>
        <translation>正在整理照片</translation>
    </message>
    <message>
        <source>Putting photos back</source>
        <translation>正在把照片移回原处</translation>
    </message>
    <message>
        <source>Saved in {path}</source>
        <translation>已保存到 {path}</translation>
    </message>
    <message>
        <source>Moved {photos} into {path}</source>
        <translation>已把{photos}移到 {path}</translation>
    </message>
    <message>
        <source>Copied {photos} into {path}</source>
        <translation>已把{photos}复制到 {path}</translation>
    </message>
    <message>
        <source>Moved {photos} back</source>
        <translation>已把{photos}移回原处</translation>
    </message>
    <message>
        <source>Putting photos back was stopped</source>
        <translation>已停止移回照片</translation>
    </message>
    <message>
        <source>Not sorted: {n} ({why})</source>
        <translation>未整理：{n} 张（{why}）</translation>
    </message>
    <message>
        <source>Undo</source>
        <translation>撤销</translation>
    </message>
    <message>
        <source>Not moved back: {n} ({why})</source>
        <translation>未移回：{n} 张（{why}）</translation>
    </message>
    <message>
        <source>Go on</source>
        <translation>继续</translation>
    </message>
    <message>
        <source>Sorting was stopped</source>
        <translation>整理已停止</translation>
    </message>
</context>
<context>
    <name>Answers</name>
    <message>
        <source>These words were learned. The text of the class was changed since.</source>
        <translation>这些是学习时用的词语。之后该类别的文字已被修改。</translation>
    </message>
    <message>
        <source>Phrases</source>
        <translation>短语</translation>
    </message>
    <message>
        <source>Why not another class</source>
        <translation>为什么不是另一个类别</translation>
    </message>
    <message>
        <source>Compares with this class: what decided, and where the photo has evidence for the one or for the other</source>
        <translation>与此类别比较：由什么决定，以及照片的哪些部分支持其中一个或另一个</translation>
    </message>
    <message>
        <source>Why not</source>
        <translation>为什么不是</translation>
    </message>
    <message>
        <source>Predicted as</source>
        <translation>识别为</translation>
    </message>
    <message>
        <source>the next best class</source>
        <translation>次优类别</translation>
    </message>
    <message>
        <source>If it were one of these</source>
        <translation>假如它属于其中之一</translation>
    </message>
    <message>
        <source>Point at a phrase to light its places, at a patch to see its phrases.</source>
        <translation>指向短语可点亮对应的位置，指向小块可查看对应的短语。</translation>
    </message>
    <message>
        <source>No phrase is matched here: other patches tell the class better.</source>
        <translation>这里没有与短语匹配：其他小块更能说明类别。</translation>
    </message>
    <message>
        <source>This patch fits all phrases about equally.</source>
        <translation>此小块与各短语的契合程度相近。</translation>
    </message>
    <message>
        <source>How this patch is shared out among the phrases. {share} of it fits none.</source>
        <translation>这个小块在各短语间的分配。其中 {share} 不符合任何短语。</translation>
    </message>
    <message>
        <source>How this patch is shared out among the phrases.</source>
        <translation>这个小块在各短语间的分配。</translation>
    </message>
</context>
<context>
    <name>AppContext</name>
    <message>
        <source>Something else was done since: use Undo in the Edit menu, step by step.</source>
        <translation>此后又有别的改动：请用“编辑”菜单中的“撤销”逐步撤销。</translation>
    </message>
    <message>
        <source>Opening {name}</source>
        <translation>正在打开 {name}</translation>
    </message>
    <message>
        <source>Making {name}</source>
        <translation>正在创建 {name}</translation>
    </message>
</context>
<context>
    <name>Asker</name>
    <message>
        <source>Download the backbone?</source>
        <translation>下载骨干网络？</translation>
    </message>
    <message>
        <source>Download</source>
        <translation>下载</translation>
    </message>
    <message>
        <source>{name} will be downloaded from {source}. Its size is not known.</source>
        <translation>将从 {source} 下载 {name}。大小未知。</translation>
    </message>
    <message>
        <source>The project names a file as its backbone: {file}. Read it only if you know this file.</source>
        <translation>该项目指定了一个文件作为骨干网络：{file}。仅在您认识此文件时才读取它。</translation>
    </message>
    <message>
        <source>Read the backbone&apos;s file?</source>
        <translation>读取骨干网络文件？</translation>
    </message>
    <message>
        <source>Read</source>
        <translation>读取</translation>
    </message>
    <message>
        <source>{name} ({megabytes} MB) will be downloaded from {source}.</source>
        <translation>将从 {source} 下载 {name}（{megabytes} MB）。</translation>
    </message>
    <message>
        <source>Afterwards it works without a network.</source>
        <translation>之后无需网络即可使用。</translation>
    </message>
    <message>
        <source>Licence of the weights: {licence}.</source>
        <translation>权重的许可证：{licence}。</translation>
    </message>
    <message>
        <source>The licence of the weights is not known: read the page.</source>
        <translation>不知道权重的许可证：请阅读该网页。</translation>
    </message>
    <message>
        <source>{photos} of {classes} will be sent to {model} at {destination}.</source>
        <translation>将把 {classes} 的 {photos}发送给 {destination} 的 {model}。</translation>
    </message>
    <message>
        <source>That costs about {money}.</source>
        <translation>费用约为 {money}。</translation>
    </message>
    <message>
        <source>(Prices of {day}.)</source>
        <translation>（{day} 的价格。）</translation>
    </message>
    <message>
        <source>What that costs is not known.</source>
        <translation>费用未知。</translation>
    </message>
    <message>
        <source>Names of files stay here; the names of the classes go along.</source>
        <translation>文件名留在本机；类别名称会一同发送。</translation>
    </message>
    <message>
        <source>You are asked again for other photos, another address, or a copy of the project.</source>
        <translation>其他照片、其他地址或项目的副本会再次询问。</translation>
    </message>
    <message>
        <source>Send photos away?</source>
        <translation>发送照片？</translation>
    </message>
    <message>
        <source>Send</source>
        <translation>发送</translation>
    </message>
    <message>
        <source>{folder} holds an earlier export. The new one takes its place.</source>
        <translation>{folder} 中有以前的导出。新的导出将取代它。</translation>
    </message>
    <message>
        <source>Replace the earlier export?</source>
        <translation>取代以前的导出？</translation>
    </message>
    <message>
        <source>Replace</source>
        <translation>取代</translation>
    </message>
    <message>
        <source>Keep this project local</source>
        <translation>此项目保留在本机</translation>
    </message>
</context>
<context>
    <name>BackboneChoice</name>
    <message>
        <source>Backbone</source>
        <translation>骨干网络</translation>
    </message>
    <message>
        <source>Looking for backbones...</source>
        <translation>正在查找骨干网络…</translation>
    </message>
    <message>
        <source>Measure the speed</source>
        <translation>测量速度</translation>
    </message>
    <message>
        <source>Encodes pictures of noise for two seconds, once the backbone is loaded</source>
        <translation>载入骨干网络后，用两秒钟对噪声图片编码</translation>
    </message>
    <message>
        <source>on this computer</source>
        <translation>已在本机</translation>
    </message>
    <message>
        <source>downloaded when it is first used</source>
        <translation>首次使用时下载</translation>
    </message>
    <message>
        <source>A project keeps the backbone that it was made with.</source>
        <translation>项目始终使用创建时的骨干网络。</translation>
    </message>
    <message>
        <source>Weights that lie on this computer, of a model of open_clip or timm</source>
        <translation>本机上的权重文件，属于 open_clip 或 timm 的模型</translation>
    </message>
    <message>
        <source>From a file...</source>
        <translation>从文件…</translation>
    </message>
    <message>
        <source>{n} photos a second here</source>
        <translation>本机每秒 {n} 张照片</translation>
    </message>
    <message>
        <source>{title} · {megabytes} MB, {where} · {memory} GB of memory · licence: {licence}.</source>
        <translation>{title} · {megabytes} MB，{where} · 内存 {memory} GB · 许可证：{licence}。</translation>
    </message>
    <message>
        <source>not stated</source>
        <translation>未说明</translation>
    </message>
    <message>
        <source>Weights</source>
        <translation>权重</translation>
    </message>
    <message>
        <source>Weights of a backbone</source>
        <translation>骨干网络的权重</translation>
    </message>
    <message>
        <source>The architecture that the weights are of, as open_clip calls it; or timm:NAME</source>
        <translation>权重所属的架构，按 open_clip 的名称；或 timm:NAME</translation>
    </message>
    <message>
        <source>Measuring...</source>
        <translation>正在测量…</translation>
    </message>
    <message>
        <source>Measuring the backbone</source>
        <translation>正在测量骨干网络</translation>
    </message>
</context>
<context>
    <name>BarButton</name>
    <message>
        <source>{name}, {probability}</source>
        <translation>{name}，{probability}</translation>
    </message>
    <message>
        <source>Show what supported {name}</source>
        <translation>显示支持“{name}”的部分</translation>
    </message>
</context>
<context>
    <name>Before</name>
    <message>
        <source>Compared with before</source>
        <translation>与之前比较</translation>
    </message>
    <message>
        <source>Use this text</source>
        <translation>使用这段文字</translation>
    </message>
    <message>
        <source>There is no text before this one.</source>
        <translation>之前没有文字。</translation>
    </message>
</context>
<context>
    <name>Burst</name>
    <message>
        <source>Frame {n}</source>
        <translation>第 {n} 帧</translation>
    </message>
    <message>
        <source>Click to leave it out</source>
        <translation>点击以排除</translation>
    </message>
    <message>
        <source>Click to take it in</source>
        <translation>点击以选入</translation>
    </message>
</context>
<context>
    <name>ClassFinder</name>
    <message>
        <source>Order of the classes</source>
        <translation>类别的顺序</translation>
    </message>
    <message>
        <source>As they were added</source>
        <translation>按添加顺序</translation>
    </message>
    <message>
        <source>Search classes and photos</source>
        <translation>搜索类别和照片</translation>
    </message>
    <message>
        <source>By name</source>
        <translation>按名称</translation>
    </message>
    <message>
        <source>Newest first</source>
        <translation>最新的在前</translation>
    </message>
    <message>
        <source>Most photos first</source>
        <translation>照片最多的在前</translation>
    </message>
</context>
<context>
    <name>ClassHeader</name>
    <message>
        <source>Photos</source>
        <translation>照片</translation>
    </message>
    <message>
        <source>What to do with the photos that are selected</source>
        <translation>对选中照片的操作</translation>
    </message>
    <message>
        <source>Class</source>
        <translation>类别</translation>
    </message>
    <message>
        <source>What to do with this class or task</source>
        <translation>对该类别或任务的操作</translation>
    </message>
    <message>
        <source>New photos are not learned yet</source>
        <translation>新照片尚未学习</translation>
    </message>
    <message>
        <source>Its photos or its text changed since it was learned</source>
        <translation>学习之后它的照片或描述有变动</translation>
    </message>
    <message>
        <source>Train</source>
        <translation>训练</translation>
    </message>
    <message>
        <source>Task</source>
        <translation>任务</translation>
    </message>
    <message>
        <source>{n} to learn</source>
        <translation>{n} 张用于学习</translation>
    </message>
    <message>
        <source>{n} to test</source>
        <translation>{n} 张用于测试</translation>
    </message>
    <message>
        <source>{n} set aside</source>
        <translation>{n} 张已搁置</translation>
    </message>
    <message>
        <source>{n} selected</source>
        <translation>已选 {n} 张</translation>
    </message>
</context>
<context>
    <name>ClassPicker</name>
    <message>
        <source>Classes</source>
        <translation>类别</translation>
    </message>
    <message>
        <source>A class, or a new name</source>
        <translation>类别或新名称</translation>
    </message>
</context>
<context>
    <name>ClassTreeModel</name>
    <message>
        <source>{name}: {train} to learn, {test} to test</source>
        <translation>{name}：{train}用于学习，{test} 张用于测试</translation>
    </message>
    <message>
        <source>new</source>
        <translation>新</translation>
    </message>
    <message>
        <source>described</source>
        <translation>已描述</translation>
    </message>
    <message>
        <source>changed</source>
        <translation>已更改</translation>
    </message>
</context>
<context>
    <name>ClassesPage</name>
    <message>
        <source>Tasks and classes</source>
        <translation>任务和类别</translation>
    </message>
    <message>
        <source>Train</source>
        <translation>训练</translation>
    </message>
    <message>
        <source>Add folders</source>
        <translation>添加文件夹</translation>
    </message>
    <message>
        <source>Add folders of photos, or a folder of such folders</source>
        <translation>添加照片文件夹，或包含这类文件夹的文件夹</translation>
    </message>
    <message>
        <source>Folders of photos that have keywords</source>
        <translation>含有带关键字照片的文件夹</translation>
    </message>
    <message>
        <source>Which photos are typical is known once they are looked at: describe the class, or train.</source>
        <translation>看过照片后才知道哪些照片典型：请描述这个类别，或进行训练。</translation>
    </message>
    <message>
        <source>Reading the photos</source>
        <translation>正在读取照片</translation>
    </message>
    <message>
        <source>Drop folders of photos here</source>
        <translation>把照片文件夹拖到这里</translation>
    </message>
    <message>
        <source>Each folder becomes a class to recognise, a folder of folders becomes many. The photos stay where they are.</source>
        <translation>每个文件夹成为一个要识别的类别，含有多个文件夹的文件夹则成为多个类别。照片保留在原处。</translation>
    </message>
    <message>
        <source>No photos at hand? Open the sample project</source>
        <translation>手边没有照片？打开示例项目</translation>
    </message>
    <message>
        <source>Import photos: each folder becomes a class to recognise</source>
        <translation>导入照片：每个文件夹成为一个要识别的类别</translation>
    </message>
    <message>
        <source>This project is open for reading only</source>
        <translation>此项目以只读方式打开</translation>
    </message>
    <message>
        <source>Choose the class at the left to rename it; a photo has the name of its file.</source>
        <translation>要重命名类别，请在左侧选择它；照片以其文件命名。</translation>
    </message>
    <message>
        <source>Undo</source>
        <translation>撤销</translation>
    </message>
</context>
<context>
    <name>ClassesTable</name>
    <message>
        <source>est. {counted}</source>
        <translation>估计 {counted}</translation>
    </message>
    <message>
        <source>There is no test photo of this class.</source>
        <translation>此类别没有测试照片。</translation>
    </message>
    <message>
        <source>Leave-one-out estimate: {counted} photos that were learned would be predicted as their class by their look as a whole, had each not been learned. Photos that were taken one right after the other flatter it.</source>
        <translation>留一法估计：{counted}。即逐张去掉已学习的照片后，按整体外观仍被识别为本类别的张数。连续拍摄的照片会使估计偏高。</translation>
    </message>
</context>
<context>
    <name>CompareView</name>
    <message>
        <source>First state</source>
        <translation>第一个状态</translation>
    </message>
    <message>
        <source>Second state</source>
        <translation>第二个状态</translation>
    </message>
    <message>
        <source>Photos that became wrong</source>
        <translation>变错的照片</translation>
    </message>
    <message>
        <source>Photos that became right</source>
        <translation>变对的照片</translation>
    </message>
    <message>
        <source>Classes in both states</source>
        <translation>两个状态下的类别</translation>
    </message>
    <message>
        <source>Before</source>
        <translation>之前</translation>
    </message>
    <message>
        <source>After</source>
        <translation>之后</translation>
    </message>
    <message>
        <source>From</source>
        <translation>从</translation>
    </message>
    <message>
        <source>to</source>
        <translation>到</translation>
    </message>
    <message>
        <source>Classes</source>
        <translation>类别</translation>
    </message>
    <message>
        <source>Photos</source>
        <translation>照片</translation>
    </message>
    <message>
        <source>after {task}, known classes learned again</source>
        <translation>{task} 之后，已重新学习已知类别</translation>
    </message>
    <message>
        <source>The class was not known then</source>
        <translation>当时还不认识该类别</translation>
    </message>
    <message>
        <source>Class</source>
        <translation>类别</translation>
    </message>
    <message>
        <source>Range</source>
        <translation>范围</translation>
    </message>
    <message>
        <source>Difference</source>
        <translation>差异</translation>
    </message>
    <message>
        <source>Choose two different states.</source>
        <translation>请选择两个不同的状态。</translation>
    </message>
    <message>
        <source>{first} before, {second} after: {won} became right, {lost} became wrong</source>
        <translation>之前 {first}，之后 {second}：{won} 张变对，{lost} 张变错</translation>
    </message>
    <message>
        <source>Counted on the one test photo that both answered, by the labels of today.</source>
        <translation>按现在的标签，在两者都回答过的 1 张测试照片上统计。</translation>
    </message>
    <message>
        <source>Counted on the {n} test photos that both answered, by the labels of today.</source>
        <translation>按现在的标签，在两者都回答过的 {n} 张测试照片上统计。</translation>
    </message>
    <message>
        <source>From right to wrong: {n}</source>
        <translation>由对变错：{n}</translation>
    </message>
    <message>
        <source>From wrong to right: {n}</source>
        <translation>由错变对：{n}</translation>
    </message>
    <message>
        <source>after {task}, corrections learned</source>
        <translation>{task} 之后，已学习更正</translation>
    </message>
    <message>
        <source>after {task}</source>
        <translation>{task} 之后</translation>
    </message>
    <message>
        <source>now: {state}</source>
        <translation>现在：{state}</translation>
    </message>
    <message>
        <source>There is one state so far. After the next task, or after corrections, two can be compared.</source>
        <translation>目前只有一个状态。学习下一个任务或更正之后，即可比较两个状态。</translation>
    </message>
</context>
<context>
    <name>ConfusedPairs</name>
    <message>
        <source>{n} of {all}</source>
        <translation>{all} 张中的 {n} 张</translation>
    </message>
    <message>
        <source>Look at it</source>
        <translation>查看这一张</translation>
    </message>
    <message>
        <source>Look at the {n}</source>
        <translation>查看这 {n} 张</translation>
    </message>
    <message>
        <source>{n} of {truth} predicted as {answer}</source>
        <translation>{n} 张{truth}被识别为{answer}</translation>
    </message>
</context>
<context>
    <name>Confusions</name>
    <message>
        <source>All groups</source>
        <translation>所有组</translation>
    </message>
    <message>
        <source>Confusion matrix: row is the class, column the prediction</source>
        <translation>混淆矩阵：行是类别，列是预测</translation>
    </message>
    <message>
        <source>Mistakes: row is the class or group, column the prediction</source>
        <translation>错误：行是类别或组，列是预测结果</translation>
    </message>
    <message>
        <source>Rows: what photos are. Columns: what they were predicted as. A cell shows its photos.</source>
        <translation>行：照片的类别。列：预测的类别。点击格子显示其中的照片。</translation>
    </message>
    <message>
        <source>Mistakes by groups of classes: a click opens a group</source>
        <translation>按组统计的错误：点击可打开一组</translation>
    </message>
    <message>
        <source>other groups</source>
        <translation>其他组</translation>
    </message>
    <message>
        <source>Photos of {truth}, predicted as a class of {answer}: {n}</source>
        <translation>{truth} 的照片被认成 {answer} 中的类别：{n}</translation>
    </message>
    <message>
        <source>Photos of {truth}, predicted as another class of it: {n}</source>
        <translation>{truth} 的照片被认成其中另一类别：{n}</translation>
    </message>
</context>
<context>
    <name>CorrectionCard</name>
    <message>
        <source>Set aside</source>
        <translation>搁置</translation>
    </message>
    <message>
        <source>None of these</source>
        <translation>都不是</translation>
    </message>
    <message>
        <source>It is</source>
        <translation>它是</translation>
    </message>
    <message>
        <source>Its label is {label}</source>
        <translation>它的标签是 {label}</translation>
    </message>
    <message>
        <source>This label may be wrong: {name} fits better than {label}.</source>
        <translation>此标签可能有误：{name} 比 {label} 更合适。</translation>
    </message>
    <message>
        <source>The project is open for reading only.</source>
        <translation>项目以只读方式打开。</translation>
    </message>
    <message>
        <source>You said: {what}. It waits to be learned.</source>
        <translation>您的更正：{what}。等待学习。</translation>
    </message>
    <message>
        <source>The number keys choose.</source>
        <translation>按数字键选择。</translation>
    </message>
    <message>
        <source>Its label is right</source>
        <translation>它的标签是对的</translation>
    </message>
    <message>
        <source>Right</source>
        <translation>正确</translation>
    </message>
    <message>
        <source>On to the next photo</source>
        <translation>转到下一张照片</translation>
    </message>
    <message>
        <source>Wrong...</source>
        <translation>错误…</translation>
    </message>
    <message>
        <source>Say what it is (1 to 9, 0, Delete)</source>
        <translation>说明它是什么（1 到 9、0、Delete）</translation>
    </message>
    <message>
        <source>It is {name}</source>
        <translation>它是 {name}</translation>
    </message>
    <message>
        <source>{said} · its label is {label}</source>
        <translation>{said} · 它的标签是 {label}</translation>
    </message>
    <message>
        <source>{said} · learned as {label}</source>
        <translation>{said} · 学习时的标签是 {label}</translation>
    </message>
    <message>
        <source>Tab takes {proposal}.</source>
        <translation>按 Tab 采用 {proposal}。</translation>
    </message>
    <message>
        <source>Predicted as {name}, {share} sure</source>
        <translation>识别为 {name}，把握 {share}</translation>
    </message>
    <message>
        <source>What the photo is</source>
        <translation>这张照片是什么</translation>
    </message>
    <message>
        <source>Leave the photo out; nothing is learned of it (Delete)</source>
        <translation>不使用这张照片；不会从中学习（Delete）</translation>
    </message>
    <message>
        <source>It is of no class of this project; nothing is learned of it (0)</source>
        <translation>它不属于本项目的任何类别；不会从中学习（0）</translation>
    </message>
    <message>
        <source>You said that its label is right.</source>
        <translation>您说过它的标签是对的。</translation>
    </message>
    <message>
        <source>Type a class or a new name, then Enter.</source>
        <translation>输入类别或新名称，然后按 Enter。</translation>
    </message>
    <message>
        <source>The number keys choose, Enter goes on to the next photo.</source>
        <translation>按数字键选择，按 Enter 转到下一张照片。</translation>
    </message>
    <message>
        <source>Enter makes the new class {name}.</source>
        <translation>按 Enter 新建类别 {name}。</translation>
    </message>
    <message>
        <source>Enter takes {name}.</source>
        <translation>按 Enter 选择 {name}。</translation>
    </message>
    <message>
        <source>Nothing was corrected: the photo was not in sight.</source>
        <translation>未作更正：当时看不到这张照片。</translation>
    </message>
    <message>
        <source>none of these</source>
        <translation>都不是</translation>
    </message>
    <message>
        <source>set aside</source>
        <translation>搁置</translation>
    </message>
    <message>
        <source>You said: {what}. Nothing is learned of it.</source>
        <translation>您说：{what}。不会从中学习。</translation>
    </message>
    <message>
        <source>That is its label already: you are not asked again.</source>
        <translation>它的标签已经是这个：不会再问您。</translation>
    </message>
    <message>
        <source>A test photo is only checked, never learned.</source>
        <translation>测试照片只用于检查，从不学习。</translation>
    </message>
</context>
<context>
    <name>CorrectionTray</name>
    <message>
        <source>Undo</source>
        <translation>撤销</translation>
    </message>
    <message>
        <source>Undo learning the corrections</source>
        <translation>撤销对更正的学习</translation>
    </message>
    <message>
        <source>Close this message</source>
        <translation>关闭此消息</translation>
    </message>
    <message>
        <source>Learn corrections</source>
        <translation>学习更正</translation>
    </message>
    <message>
        <source>and {n} more</source>
        <translation>另有 {n} 项</translation>
    </message>
    <message>
        <source>Learning corrections</source>
        <translation>正在学习更正</translation>
    </message>
    <message>
        <source>Learning...</source>
        <translation>正在学习…</translation>
    </message>
</context>
<context>
    <name>Decided</name>
    <message>
        <source>{first} against {other}</source>
        <translation>{first} 对比 {other}</translation>
    </message>
    <message>
        <source>The lines add up to the lead of the score. A lead of 1 makes a class 2.7 times as probable as the other, a lead of 5 makes it 148 times.</source>
        <translation>各行相加即为得分的领先。领先 1 表示该类别的可能性是另一个的 2.7 倍，领先 5 则为 148 倍。</translation>
    </message>
    <message>
        <source>Why nearest: {said}</source>
        <translation>为何最接近：{said}</translation>
    </message>
</context>
<context>
    <name>DescribedModel</name>
    <message>
        <source>no text yet</source>
        <translation>还没有文字</translation>
    </message>
    <message>
        <source>writing...</source>
        <translation>正在撰写…</translation>
    </message>
    <message>
        <source>approved</source>
        <translation>已确认</translation>
    </message>
    <message>
        <source>written by you</source>
        <translation>由您撰写</translation>
    </message>
    <message>
        <source>nothing certain to say</source>
        <translation>没有确定的内容</translation>
    </message>
</context>
<context>
    <name>DescriptionEditor</name>
    <message>
        <source>Write again</source>
        <translation>重新撰写</translation>
    </message>
    <message>
        <source>Have the writer describe this class anew</source>
        <translation>让撰写者重新描述该类别</translation>
    </message>
    <message>
        <source>Compare</source>
        <translation>比较</translation>
    </message>
    <message>
        <source>Show the text as it was before</source>
        <translation>显示之前的文字</translation>
    </message>
    <message>
        <source>Approve</source>
        <translation>确认</translation>
    </message>
    <message>
        <source>Swap photo</source>
        <translation>更换照片</translation>
    </message>
    <message>
        <source>Swap for another photo</source>
        <translation>换成另一张照片</translation>
    </message>
    <message>
        <source>Another photo of the class in place of the exemplar that is chosen (Ctrl+Shift+S)</source>
        <translation>用该类别的另一张照片替换所选的代表照片（Ctrl+Shift+S）</translation>
    </message>
    <message>
        <source>Add a phrase (Insert)</source>
        <translation>添加短语 (Insert)</translation>
    </message>
    <message>
        <source>Delete the phrase (Delete)</source>
        <translation>删除短语 (Delete)</translation>
    </message>
    <message>
        <source>Move up (Alt+Up)</source>
        <translation>上移 (Alt+↑)</translation>
    </message>
    <message>
        <source>Move down (Alt+Down)</source>
        <translation>下移 (Alt+↓)</translation>
    </message>
    <message>
        <source>Phrases</source>
        <translation>短语</translation>
    </message>
    <message>
        <source>In one sentence</source>
        <translation>一句话描述</translation>
    </message>
    <message>
        <source>Take approval back</source>
        <translation>撤回确认</translation>
    </message>
    <message>
        <source>The model compares photos with this sentence as a whole, and with each phrase.</source>
        <translation>模型会将照片与这整句话以及每个短语进行比较。</translation>
    </message>
    <message>
        <source>Nothing is known for sure about this class. Add a phrase of your own or have a service write, or leave it: the model learns from the photos.</source>
        <translation>关于这个类别没有确知的内容。请自己添加短语或让服务来撰写，也可以不管它：模型会从照片学习。</translation>
    </message>
    <message>
        <source>Learn with this text</source>
        <translation>用这段文字学习</translation>
    </message>
    <message>
        <source>The model was learned with another text. It does not know this one until it is trained again.</source>
        <translation>模型学习的是另一段文字。重新训练之后才知道这段文字。</translation>
    </message>
    <message>
        <source>Exemplars: typical and different ones</source>
        <translation>代表照片，选得典型且各不相同</translation>
    </message>
    <message>
        <source>Marked: the part of a photo that goes best with this phrase</source>
        <translation>已标出：照片中与这个短语最相符的部分</translation>
    </message>
    <message>
        <source>Which part of a photo goes with this phrase is not known</source>
        <translation>不知道照片的哪个部分与这个短语相符</translation>
    </message>
    <message>
        <source>written offline</source>
        <translation>离线撰写</translation>
    </message>
    <message>
        <source>written by {model}</source>
        <translation>由 {model} 撰写</translation>
    </message>
    <message>
        <source>read from a file</source>
        <translation>从文件读入</translation>
    </message>
    <message>
        <source>sentence written by you</source>
        <translation>句子由您撰写</translation>
    </message>
    <message>
        <source>written by you</source>
        <translation>由您撰写</translation>
    </message>
    <message>
        <source>{n} tokens</source>
        <translation>{n} 个 token</translation>
    </message>
    <message>
        <source>about {money}</source>
        <translation>约 {money}</translation>
    </message>
</context>
<context>
    <name>DescriptionEdits</name>
    <message>
        <source>approve</source>
        <translation>确认</translation>
    </message>
    <message>
        <source>take back the approval of</source>
        <translation>撤回确认：</translation>
    </message>
</context>
<context>
    <name>DescriptionsPage</name>
    <message>
        <source>Classes</source>
        <translation>类别</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
    <message>
        <source>Nothing to describe yet</source>
        <translation>还没有可描述的内容</translation>
    </message>
    <message>
        <source>Add photos</source>
        <translation>添加照片</translation>
    </message>
    <message>
        <source>Add folders of photos first.</source>
        <translation>请先添加照片文件夹。</translation>
    </message>
    <message>
        <source>Cancelling...</source>
        <translation>正在取消…</translation>
    </message>
    <message>
        <source>Train</source>
        <translation>训练</translation>
    </message>
    <message>
        <source>This project&apos;s backbone reads photos, not words: its classes need no descriptions</source>
        <translation>此项目的骨干网络只看照片，不读文字：它的类别不需要描述</translation>
    </message>
    <message>
        <source>More</source>
        <translation>更多</translation>
    </message>
    <message>
        <source>Photos and phrases of the chosen class, to compare and to have written again</source>
        <translation>所选类别的照片和短语，可以比较，也可以重新撰写</translation>
    </message>
    <message>
        <source>Write {n} missing</source>
        <translation>撰写缺少的文字（{n}）</translation>
    </message>
    <message>
        <source>What the model reads about each class. You can leave it; F2 or a double-click changes a line.</source>
        <translation>模型所读到的每个类别的描述。您可以不改；按 F2 或双击一行即可修改。</translation>
    </message>
    <message>
        <source>Looking at the photos...</source>
        <translation>正在查看照片…</translation>
    </message>
    <message>
        <source>Describe this class</source>
        <translation>描述此类别</translation>
    </message>
    <message>
        <source>This class has no text yet</source>
        <translation>该类别还没有文字</translation>
    </message>
    <message>
        <source>change the sentence of</source>
        <translation>修改句子：</translation>
    </message>
    <message>
        <source>change the text of</source>
        <translation>修改文字：</translation>
    </message>
    <message>
        <source>exemplar</source>
        <translation>代表</translation>
    </message>
    <message>
        <source>Another photo shows the class now. The text is still the one before.</source>
        <translation>现在由另一张照片代表该类别。文字仍是之前的。</translation>
    </message>
    <message>
        <source>Write again</source>
        <translation>重新撰写</translation>
    </message>
</context>
<context>
    <name>EarlierVersions</name>
    <message>
        <source>Earlier versions</source>
        <translation>早先的版本</translation>
    </message>
    <message>
        <source>The last versions of {name} are kept beside it: before the first change of an hour, before each training, and before what was learned is deleted, merged or forgotten. When one is brought back, what is there now is kept as a version too.</source>
        <translation>{name} 的最近几个版本保存在它旁边：在一小时内的第一次更改之前、每次训练之前，以及删除、合并或遗忘所学内容之前。恢复某个版本时，现有内容也会保留为一个版本。</translation>
    </message>
    <message>
        <source>No earlier version of {name} is kept.</source>
        <translation>没有保存 {name} 的早先版本。</translation>
    </message>
    <message>
        <source>Looking...</source>
        <translation>正在查找…</translation>
    </message>
    <message>
        <source>Kept on</source>
        <translation>保存时间</translation>
    </message>
    <message>
        <source>What happened next</source>
        <translation>之后发生了什么</translation>
    </message>
    <message>
        <source>Size</source>
        <translation>大小</translation>
    </message>
    <message>
        <source>Recover what can be read...</source>
        <translation>抢救完好的内容…</translation>
    </message>
    <message>
        <source>Reads a damaged file piece by piece, and saves what can be read in a new one</source>
        <translation>逐块读取损坏的文件，把完好的内容存入新文件</translation>
    </message>
    <message>
        <source>Bring back...</source>
        <translation>恢复…</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>关闭</translation>
    </message>
    <message>
        <source>the project was changed</source>
        <translation>项目被更改</translation>
    </message>
    <message>
        <source>a task was learned</source>
        <translation>学习了一个任务</translation>
    </message>
    <message>
        <source>what was learned was forgotten</source>
        <translation>学到的内容被遗忘</translation>
    </message>
    <message>
        <source>a learned class was deleted or merged</source>
        <translation>删除或合并了已学习的类别</translation>
    </message>
    <message>
        <source>another version was brought back</source>
        <translation>恢复了另一个版本</translation>
    </message>
    <message>
        <source>unfinished work was rolled back</source>
        <translation>回滚了未完成的工作</translation>
    </message>
</context>
<context>
    <name>Edits</name>
    <message>
        <source>This is done as soon as this is over: {title}</source>
        <translation>此项完成后立即进行：{title}</translation>
    </message>
</context>
<context>
    <name>ExemplarStrip</name>
    <message>
        <source>Exemplars</source>
        <translation>代表照片</translation>
    </message>
</context>
<context>
    <name>Exemplars</name>
    <message>
        <source>Photos of the class that are typical and different from each other</source>
        <translation>该类别中典型且彼此不同的照片</translation>
    </message>
</context>
<context>
    <name>ExplainPage</name>
    <message>
        <source>Open a photo</source>
        <translation>打开照片</translation>
    </message>
    <message>
        <source>Nothing is learned yet</source>
        <translation>还没有学到任何东西</translation>
    </message>
    <message>
        <source>Go to Train</source>
        <translation>前往训练</translation>
    </message>
    <message>
        <source>Once it is, you see here which parts of a photo supported a class, and which phrases they met.</source>
        <translation>学习之后，这里会显示照片的哪些部分支持某个类别，以及它们对应哪些短语。</translation>
    </message>
    <message>
        <source>Photos ({patterns})</source>
        <translation>照片 ({patterns})</translation>
    </message>
    <message>
        <source>Find moved photos, in the Project menu, looks for it.</source>
        <translation>可用“项目”菜单中的“查找已移动的照片”来寻找。</translation>
    </message>
    <message>
        <source>Cancelled. Choose a photo to look at it after all.</source>
        <translation>已取消。再选一张照片即可查看。</translation>
    </message>
    <message>
        <source>Looking at the photo...</source>
        <translation>正在查看照片…</translation>
    </message>
    <message>
        <source>Loading what was learned...</source>
        <translation>正在载入已学内容…</translation>
    </message>
    <message>
        <source>This sentence is compared with the whole photo.</source>
        <translation>这句话与整张照片比较。</translation>
    </message>
    <message>
        <source>Nothing in this photo fits this phrase.</source>
        <translation>这张照片中没有符合该短语的地方。</translation>
    </message>
</context>
<context>
    <name>ExportButton</name>
    <message>
        <source>Export</source>
        <translation>导出</translation>
    </message>
    <message>
        <source>Report, all on one page (HTML)</source>
        <translation>报告，全部在一页上（HTML）</translation>
    </message>
    <message>
        <source>Curves as a picture (PNG)</source>
        <translation>曲线图片 (PNG)</translation>
    </message>
    <message>
        <source>All figures as a table (CSV)</source>
        <translation>所有数据表格 (CSV)</translation>
    </message>
    <message>
        <source>Model: ONNX file, script and web page</source>
        <translation>模型：ONNX 文件、脚本和网页</translation>
    </message>
    <message>
        <source>Model, with a web page that works offline (downloads 33 MB once)</source>
        <translation>模型，网页可离线使用（首次需下载 33 MB）</translation>
    </message>
    <message>
        <source>Web pages (*.html)</source>
        <translation>网页 (*.html)</translation>
    </message>
    <message>
        <source>Pictures (*.png)</source>
        <translation>图片 (*.png)</translation>
    </message>
    <message>
        <source>Tables (*.csv)</source>
        <translation>表格 (*.csv)</translation>
    </message>
    <message>
        <source>Nothing was checked on test photos yet</source>
        <translation>尚未用测试照片检验</translation>
    </message>
    <message>
        <source>Save the report</source>
        <translation>保存报告</translation>
    </message>
    <message>
        <source>Export the results</source>
        <translation>导出结果</translation>
    </message>
    <message>
        <source>Saved as {path}</source>
        <translation>已保存为 {path}</translation>
    </message>
    <message>
        <source>Show in folder</source>
        <translation>在文件夹中显示</translation>
    </message>
    <message>
        <source>{project} export</source>
        <translation>{project} 导出</translation>
    </message>
    <message>
        <source>Export the model into a new folder</source>
        <translation>将模型导出到新文件夹</translation>
    </message>
    <message>
        <source>Exporting the model</source>
        <translation>正在导出模型</translation>
    </message>
    <message>
        <source>The model was exported to {folder}</source>
        <translation>模型已导出到 {folder}</translation>
    </message>
</context>
<context>
    <name>FaultDialog</name>
    <message>
        <source>Something went wrong</source>
        <translation>出了问题</translation>
    </message>
    <message>
        <source>Something went wrong in the app</source>
        <translation>应用程序出了问题</translation>
    </message>
    <message>
        <source>Your project is as it was after the last step that was finished. Try again; if it happens again, copy the details and report them.</source>
        <translation>项目保持在上一个已完成步骤之后的状态。请重试；如果再次发生，请复制详细信息并报告。</translation>
    </message>
    <message>
        <source>Details</source>
        <translation>详细信息</translation>
    </message>
    <message>
        <source>Copy details</source>
        <translation>复制详细信息</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>关闭</translation>
    </message>
    <message>
        <source>Copied</source>
        <translation>已复制</translation>
    </message>
</context>
<context>
    <name>FigurePopup</name>
    <message>
        <source>More in the guide</source>
        <translation>指南中的更多内容</translation>
    </message>
</context>
<context>
    <name>Finder</name>
    <message>
        <source>Commands</source>
        <translation>命令</translation>
    </message>
    <message>
        <source>What do you want to do?</source>
        <translation>您想做什么？</translation>
    </message>
    <message>
        <source>Find</source>
        <translation>查找</translation>
    </message>
    <message>
        <source>A class, a task, a phrase or a photo</source>
        <translation>类别、任务、短语或照片</translation>
    </message>
</context>
<context>
    <name>FolderWork</name>
    <message>
        <source>Recognising photos</source>
        <translation>正在识别照片</translation>
    </message>
</context>
<context>
    <name>FoundModel</name>
    <message>
        <source>Tick at least one folder</source>
        <translation>请至少勾选一个文件夹</translation>
    </message>
    <message>
        <source>Class</source>
        <translation>类别</translation>
    </message>
    <message>
        <source>Photos</source>
        <translation>照片</translation>
    </message>
    <message>
        <source>To test</source>
        <translation>测试</translation>
    </message>
    <message>
        <source>What happens</source>
        <translation>处理方式</translation>
    </message>
    <message>
        <source>Folder</source>
        <translation>文件夹</translation>
    </message>
    <message>
        <source>Keyword</source>
        <translation>关键字</translation>
    </message>
    <message>
        <source>Tick at least one keyword</source>
        <translation>请至少勾选一个关键字</translation>
    </message>
    <message>
        <source>Each new photo of {name} is in another class</source>
        <translation>{name} 的新照片都在其他类别中</translation>
    </message>
    <message>
        <source>Two rows would be the class {name}: rename one</source>
        <translation>两行都会成为类别“{name}”，请重命名其中一个</translation>
    </message>
    <message>
        <source>{name} has photos to test but none to learn from</source>
        <translation>“{name}”只有测试照片，没有学习照片</translation>
    </message>
    <message>
        <source>{name}, also in {others}</source>
        <translation>{name}，也在 {others} 中</translation>
    </message>
    <message>
        <source>left out</source>
        <translation>不加入</translation>
    </message>
    <message>
        <source>more photos for this class</source>
        <translation>为该类别补充照片</translation>
    </message>
    <message>
        <source>new class</source>
        <translation>新类别</translation>
    </message>
</context>
<context>
    <name>FrameList</name>
    <message>
        <source>Recorded frames</source>
        <translation>录下的画面</translation>
    </message>
</context>
<context>
    <name>GlidingBars</name>
    <message>
        <source>Most probable classes</source>
        <translation>最可能的类别</translation>
    </message>
</context>
<context>
    <name>GridBar</name>
    <message>
        <source>Search</source>
        <translation>搜索</translation>
    </message>
</context>
<context>
    <name>GroupList</name>
    <message>
        <source>Groups of photos</source>
        <translation>照片的组</translation>
    </message>
    <message>
        <source>Keep it  Esc</source>
        <translation>保持原样  Esc</translation>
    </message>
    <message>
        <source>Split like this  S</source>
        <translation>这样拆分  S</translation>
    </message>
    <message>
        <source>Own group  G</source>
        <translation>单独成组  G</translation>
    </message>
    <message>
        <source>Set aside  Del</source>
        <translation>搁置  Del</translation>
    </message>
    <message>
        <source>Show all  B</source>
        <translation>展开全部  B</translation>
    </message>
    <message>
        <source>Show one  B</source>
        <translation>收成一张  B</translation>
    </message>
    <message>
        <source>Take out  X</source>
        <translation>移出  X</translation>
    </message>
    <message>
        <source>Split  S</source>
        <translation>拆分  S</translation>
    </message>
    <message>
        <source>Merge them  M</source>
        <translation>合并所选  M</translation>
    </message>
    <message>
        <source>Merge up  M</source>
        <translation>并入上一组  M</translation>
    </message>
</context>
<context>
    <name>GroupModel</name>
    <message>
        <source>Left over: {photos}</source>
        <translation>剩余：{photos}</translation>
    </message>
    <message>
        <source>Set aside: {photos}</source>
        <translation>已搁置：{photos}</translation>
    </message>
    <message>
        <source>Group without a name</source>
        <translation>没有名称的组</translation>
    </message>
    <message>
        <source>Photo without a name</source>
        <translation>没有名称的照片</translation>
    </message>
    <message>
        <source>may be {names}</source>
        <translation>可能是 {names}</translation>
    </message>
</context>
<context>
    <name>GuideBrowser</name>
    <message>
        <source>Text of the guide</source>
        <translation>指南正文</translation>
    </message>
</context>
<context>
    <name>GuideWindow</name>
    <message>
        <source>Guide – SPA Desktop</source>
        <translation>指南 – SPA Desktop</translation>
    </message>
    <message>
        <source>Search the guide</source>
        <translation>搜索指南</translation>
    </message>
    <message>
        <source>Pages of the guide</source>
        <translation>指南页面</translation>
    </message>
    <message>
        <source>Nothing fits</source>
        <translation>没有相符的内容</translation>
    </message>
    <message>
        <source>Back (Alt+Left)</source>
        <translation>后退 (Alt+Left)</translation>
    </message>
    <message>
        <source>Forward (Alt+Right)</source>
        <translation>前进 (Alt+Right)</translation>
    </message>
</context>
<context>
    <name>Headline</name>
    <message>
        <source>average</source>
        <translation>平均</translation>
    </message>
    <message>
        <source>{right} of {n} test photos of all learned classes are answered right. Each counts by its first class, also where the answer would be “none of these”.</source>
        <translation>所有已学类别的 {n} 张测试照片中，{right} 张回答正确。每张照片按其首选类别计算，即使回答会是“都不是”。</translation>
    </message>
    <message>
        <source>Mean of the accuracies after each task, each on all classes seen until then: ({sum}) / {n}.</source>
        <translation>每个任务之后在当时所有已见类别上准确率的平均：({sum}) / {n}。</translation>
    </message>
    <message>
        <source>Best accuracy that an old task ever had before the last training, less its accuracy now; of several the mean. Where they became better, it is what they gained.</source>
        <translation>旧任务在最后一次训练之前的最高准确率减去现在的准确率；有多个旧任务时取平均。如果变好了，则为提高的部分。</translation>
    </message>
    <message>
        <source>Test photos that were in no group: {right}</source>
        <translation>不属于任何组的测试照片：{right}</translation>
    </message>
</context>
<context>
    <name>KeywordSheet</name>
    <message>
        <source>Write keywords</source>
        <translation>写入关键字</translation>
    </message>
    <message>
        <source>Write the classes as keywords for other programs</source>
        <translation>把类别写成关键字，供其他程序使用</translation>
    </message>
    <message>
        <source>They go into a file beside each photo (.xmp). The photos stay as they are.</source>
        <translation>写入每张照片旁边的文件（.xmp）。照片保持不变。</translation>
    </message>
    <message>
        <source>Such as Animals/Birds</source>
        <translation>例如 Animals/Birds</translation>
    </message>
    <message>
        <source>None</source>
        <translation>无</translation>
    </message>
    <message>
        <source>Below the keyword</source>
        <translation>上级关键字</translation>
    </message>
    <message>
        <source>Unsure, none of these</source>
        <translation>没有把握或都不是</translation>
    </message>
    <message>
        <source>Keyword</source>
        <translation>关键字</translation>
    </message>
    <message>
        <source>(taken away)</source>
        <translation>（去除）</translation>
    </message>
    <message>
        <source>Keywords and how many photos get them</source>
        <translation>关键字以及得到它们的照片数</translation>
    </message>
    <message>
        <source>Write</source>
        <translation>写入</translation>
    </message>
    <message>
        <source>Left alone: {n}</source>
        <translation>未改动：{n}</translation>
    </message>
    <message>
        <source>Write for {photos}</source>
        <translation>为{photos}写入</translation>
    </message>
</context>
<context>
    <name>LearningPlot</name>
    <message>
        <source>Loss and accuracy are drawn here while it learns.</source>
        <translation>学习时这里会画出损失和准确率。</translation>
    </message>
    <message>
        <source>Loss and accuracy while it learns</source>
        <translation>学习过程中的损失和准确率</translation>
    </message>
    <message>
        <source>— loss</source>
        <translation>— 损失</translation>
    </message>
    <message>
        <source>- - accuracy, %</source>
        <translation>- - 准确率，%</translation>
    </message>
    <message>
        <source>step</source>
        <translation>步</translation>
    </message>
    <message>
        <source>No curve was drawn: this training needed no steps.</source>
        <translation>没有绘制曲线：这次训练不需要训练步骤。</translation>
    </message>
    <message>
        <source>Step {step}: loss {loss}, accuracy {accuracy} %</source>
        <translation>第 {step} 步：损失 {loss}，准确率 {accuracy} %</translation>
    </message>
</context>
<context>
    <name>Leaving</name>
    <message>
        <source>Not kept yet</source>
        <translation>尚未保存</translation>
    </message>
    <message>
        <source>Leave without them</source>
        <translation>放弃并离开</translation>
    </message>
    <message>
        <source>Close when finished</source>
        <translation>完成后关闭</translation>
    </message>
    <message>
        <source>Close now</source>
        <translation>立即关闭</translation>
    </message>
    <message>
        <source>Closes when this is finished</source>
        <translation>完成后将关闭</translation>
    </message>
    <message>
        <source>Quit when finished</source>
        <translation>完成后退出</translation>
    </message>
    <message>
        <source>Quit now</source>
        <translation>立即退出</translation>
    </message>
    <message>
        <source>Quits when this is finished</source>
        <translation>完成后将退出</translation>
    </message>
    <message>
        <source>Still at work</source>
        <translation>仍在工作</translation>
    </message>
    <message>
        <source>What was finished before is safe. Only what is not finished is lost.</source>
        <translation>之前完成的内容是安全的，只会丢失未完成的部分。</translation>
    </message>
    <message>
        <source>Keep working</source>
        <translation>继续工作</translation>
    </message>
    <message>
        <source>Not finished yet: {titles}</source>
        <translation>尚未完成：{titles}</translation>
    </message>
    <message>
        <source>It is finished now.</source>
        <translation>现在已经完成。</translation>
    </message>
    <message>
        <source>Finished</source>
        <translation>已完成</translation>
    </message>
</context>
<context>
    <name>Legend</name>
    <message>
        <source>Colours from {left} to {right}</source>
        <translation>颜色从 {left} 到 {right}</translation>
    </message>
    <message>
        <source>Dark: evidence for {left}; bright: evidence for {right}</source>
        <translation>暗处支持“{left}”，亮处支持“{right}”</translation>
    </message>
    <message>
        <source>Bright: evidence for {right}</source>
        <translation>亮处支持“{right}”</translation>
    </message>
</context>
<context>
    <name>Lightbox</name>
    <message>
        <source>Photo before (Left)</source>
        <translation>上一张照片（左箭头）</translation>
    </message>
    <message>
        <source>Next photo (Right)</source>
        <translation>下一张照片（右箭头）</translation>
    </message>
    <message>
        <source>Full screen (F11)</source>
        <translation>全屏 (F11)</translation>
    </message>
    <message>
        <source>Explain</source>
        <translation>解释</translation>
    </message>
    <message>
        <source>{photo} · in your frame: {answer}</source>
        <translation>{photo} · 在您的框内：{answer}</translation>
    </message>
    <message>
        <source>What the model sees in it (E)</source>
        <translation>模型在其中看到了什么 (E)</translation>
    </message>
    <message>
        <source>Close (Esc)</source>
        <translation>关闭 (Esc)</translation>
    </message>
    <message>
        <source>{n} of {total}</source>
        <translation>{n} / {total}</translation>
    </message>
    <message>
        <source>only its small picture: {problem}</source>
        <translation>只有缩略图：{problem}</translation>
    </message>
</context>
<context>
    <name>LivePage</name>
    <message>
        <source>Start camera</source>
        <translation>打开摄像头</translation>
    </message>
    <message>
        <source>Waiting for the first picture...</source>
        <translation>正在等待第一帧画面…</translation>
    </message>
    <message>
        <source>Stop</source>
        <translation>停止</translation>
    </message>
    <message>
        <source>Close photo</source>
        <translation>关闭照片</translation>
    </message>
    <message>
        <source>Try again</source>
        <translation>重试</translation>
    </message>
    <message>
        <source>Nothing is learned yet</source>
        <translation>还没有学到任何东西</translation>
    </message>
    <message>
        <source>Go to Train</source>
        <translation>前往训练</translation>
    </message>
    <message>
        <source>Once it is, you see here at once the predicted class of what a camera, photo or video shows.</source>
        <translation>学习之后，这里会立即显示摄像头、照片或视频中内容的预测类别。</translation>
    </message>
    <message>
        <source>Point a camera at something, and see at once its predicted class.</source>
        <translation>把摄像头对准某物，立即看到它被识别为什么类别。</translation>
    </message>
    <message>
        <source>Or drop a photo, a folder or a video here. Nothing that is shown leaves this computer.</source>
        <translation>或把照片、文件夹或视频拖到这里。显示的内容不会离开这台电脑。</translation>
    </message>
    <message>
        <source>Loading what was learned...</source>
        <translation>正在载入已学内容…</translation>
    </message>
</context>
<context>
    <name>MainWindow</name>
    <message>
        <source>Drop to open the project</source>
        <translation>松开即可打开项目</translation>
    </message>
    <message>
        <source>Drop to add</source>
        <translation>松开以添加</translation>
    </message>
</context>
<context>
    <name>MatrixModel</name>
    <message>
        <source>After {stage}, test photos of {task}: {counted}</source>
        <translation>{stage} 之后，{task} 的测试照片：{counted}</translation>
    </message>
</context>
<context>
    <name>Menus</name>
    <message>
        <source>&amp;File</source>
        <translation>文件(&amp;F)</translation>
    </message>
    <message>
        <source>&amp;New project...</source>
        <translation>新建项目(&amp;N)…</translation>
    </message>
    <message>
        <source>&amp;Open...</source>
        <translation>打开(&amp;O)…</translation>
    </message>
    <message>
        <source>Open &amp;recent</source>
        <translation>最近打开(&amp;R)</translation>
    </message>
    <message>
        <source>Open the sam&amp;ple project</source>
        <translation>打开示例项目(&amp;P)</translation>
    </message>
    <message>
        <source>&amp;Close project</source>
        <translation>关闭项目(&amp;C)</translation>
    </message>
    <message>
        <source>&amp;Settings...</source>
        <translation>设置(&amp;S)…</translation>
    </message>
    <message>
        <source>&amp;Quit</source>
        <translation>退出(&amp;Q)</translation>
    </message>
    <message>
        <source>&amp;Edit</source>
        <translation>编辑(&amp;E)</translation>
    </message>
    <message>
        <source>&amp;Undo</source>
        <translation>撤销(&amp;U)</translation>
    </message>
    <message>
        <source>&amp;Redo</source>
        <translation>重做(&amp;R)</translation>
    </message>
    <message>
        <source>&amp;Find...</source>
        <translation>查找(&amp;F)…</translation>
    </message>
    <message>
        <source>C&amp;ommands...</source>
        <translation>命令(&amp;O)…</translation>
    </message>
    <message>
        <source>&amp;Project</source>
        <translation>项目(&amp;P)</translation>
    </message>
    <message>
        <source>&amp;Next step</source>
        <translation>下一步(&amp;N)</translation>
    </message>
    <message>
        <source>Recognise &amp;photos of a folder...</source>
        <translation>识别文件夹中的照片(&amp;P)…</translation>
    </message>
    <message>
        <source>&amp;Check the file</source>
        <translation>检查文件(&amp;C)</translation>
    </message>
    <message>
        <source>&amp;Earlier versions...</source>
        <translation>早先的版本(&amp;E)…</translation>
    </message>
    <message>
        <source>Add classes from &amp;keywords...</source>
        <translation>由关键字添加类别(&amp;K)…</translation>
    </message>
    <message>
        <source>Find &amp;moved photos...</source>
        <translation>查找已移动的照片(&amp;M)…</translation>
    </message>
    <message>
        <source>&amp;Forget what was learned</source>
        <translation>忘记已学内容(&amp;F)</translation>
    </message>
    <message>
        <source>Export photos as a &amp;dataset</source>
        <translation>将照片导出为数据集(&amp;D)</translation>
    </message>
    <message>
        <source>Export photos as folders...</source>
        <translation>将照片导出为文件夹…</translation>
    </message>
    <message>
        <source>Export photos with a CSV manifest...</source>
        <translation>导出照片和 CSV 清单…</translation>
    </message>
    <message>
        <source>Export photos with COCO JSON...</source>
        <translation>导出照片和 COCO JSON…</translation>
    </message>
    <message>
        <source>Export photos for Hugging Face...</source>
        <translation>为 Hugging Face 导出照片…</translation>
    </message>
    <message>
        <source>Show in &amp;folder</source>
        <translation>在文件夹中显示(&amp;F)</translation>
    </message>
    <message>
        <source>&amp;View</source>
        <translation>视图(&amp;V)</translation>
    </message>
    <message>
        <source>Theme: like the system</source>
        <translation>主题：跟随系统</translation>
    </message>
    <message>
        <source>Theme: light</source>
        <translation>主题：浅色</translation>
    </message>
    <message>
        <source>Theme: dark</source>
        <translation>主题：深色</translation>
    </message>
    <message>
        <source>&amp;Help</source>
        <translation>帮助(&amp;H)</translation>
    </message>
    <message>
        <source>&amp;Guide</source>
        <translation>指南(&amp;G)</translation>
    </message>
    <message>
        <source>&amp;Shortcuts</source>
        <translation>快捷键(&amp;S)</translation>
    </message>
    <message>
        <source>&amp;What the words mean</source>
        <translation>词语解释(&amp;W)</translation>
    </message>
    <message>
        <source>Show the &amp;log</source>
        <translation>显示日志(&amp;L)</translation>
    </message>
    <message>
        <source>&amp;About SPA Desktop</source>
        <translation>关于 SPA Desktop(&amp;A)</translation>
    </message>
    <message>
        <source>No project is open</source>
        <translation>没有打开项目</translation>
    </message>
    <message>
        <source>&amp;Undo {what}</source>
        <translation>撤销(&amp;U) {what}</translation>
    </message>
    <message>
        <source>Nothing to &amp;undo since it was opened</source>
        <translation>打开后没有可撤销的操作(&amp;U)</translation>
    </message>
    <message>
        <source>&amp;Redo {what}</source>
        <translation>重做(&amp;R) {what}</translation>
    </message>
    <message>
        <source>Checking the file</source>
        <translation>正在检查文件</translation>
    </message>
    <message>
        <source>The file is valid: every record and checksum was read.</source>
        <translation>文件完好：已读取全部记录和校验和。</translation>
    </message>
    <message>
        <source>The file is damaged: {problem}</source>
        <translation>文件已损坏：{problem}</translation>
    </message>
    <message>
        <source>Earlier versions...</source>
        <translation>早先的版本…</translation>
    </message>
    <message>
        <source>No photo of the project is where it was: the folder was moved, or its disk is not here.</source>
        <translation>项目的照片都不在原处：文件夹被移动了，或其磁盘不在这里。</translation>
    </message>
    <message>
        <source>Not where they were, and still to be learned or sorted: {photos}, such as {path}.</source>
        <translation>不在原来的位置、但仍需学习或整理：{photos}，例如 {path}。</translation>
    </message>
    <message>
        <source>Find moved photos...</source>
        <translation>查找已移动的照片…</translation>
    </message>
    <message>
        <source>In which folder are the photos now?</source>
        <translation>照片现在在哪个文件夹？</translation>
    </message>
    <message>
        <source>Looking for photos</source>
        <translation>正在查找照片</translation>
    </message>
    <message>
        <source>Found: {photos}.</source>
        <translation>已找到：{photos}。</translation>
    </message>
    <message>
        <source>Changed outside, not missing: {photos}, such as {path}.</source>
        <translation>在外部被修改，并未丢失：{photos}，例如 {path}。</translation>
    </message>
    <message>
        <source>Still missing: {photos}, such as {path}.</source>
        <translation>仍缺少：{photos}，例如 {path}。</translation>
    </message>
    <message>
        <source>Look elsewhere</source>
        <translation>在别处查找</translation>
    </message>
    <message>
        <source>All photos are where they were.</source>
        <translation>所有照片都在原来的位置。</translation>
    </message>
    <message>
        <source>Forgetting what was learned</source>
        <translation>正在忘记已学内容</translation>
    </message>
    <message>
        <source>What was learned is forgotten. Photos and texts stay, to be learned anew.</source>
        <translation>已忘记所学内容。照片和文字保留，可重新学习。</translation>
    </message>
    <message>
        <source>Undo</source>
        <translation>撤销</translation>
    </message>
    <message>
        <source>{project} photos</source>
        <translation>{project} 照片</translation>
    </message>
    <message>
        <source>Export photos into a new folder</source>
        <translation>将照片导出到新文件夹</translation>
    </message>
    <message>
        <source>Exporting photos</source>
        <translation>正在导出照片</translation>
    </message>
    <message>
        <source>{photos} exported to {folder}.</source>
        <translation>{photos}已导出到 {folder}。</translation>
    </message>
    <message>
        <source>Left out: {n}, gone or changed, such as {path}</source>
        <translation>未导出：{n}，已不在或已改变，例如 {path}</translation>
    </message>
    <message>
        <source>SPA Desktop {version}

Teaches an image classifier class by class, on this computer, without starting over.

Photos of the sample project, made smaller: {credit}</source>
        <translation>SPA Desktop {version}

在这台电脑上逐个类别地教会图像分类器，无需从头再来。

示例项目的照片（已缩小）：{credit}</translation>
    </message>
    <message>
        <source>About SPA Desktop</source>
        <translation>关于 SPA Desktop</translation>
    </message>
</context>
<context>
    <name>MessageBar</name>
    <message>
        <source>Close this message</source>
        <translation>关闭此消息</translation>
    </message>
    <message>
        <source>Error: {text}</source>
        <translation>错误：{text}</translation>
    </message>
</context>
<context>
    <name>MethodSection</name>
    <message>
        <source>Reset</source>
        <translation>重置</translation>
    </message>
    <message>
        <source>Back to the values that suit most photos</source>
        <translation>恢复适合大多数照片的数值</translation>
    </message>
    <message>
        <source>The thing is looked for in each photo, and seen larger. Automatic takes it where photos that are left out are told better by it. A model that looks at something else is learned anew by the next training. Where a model looked for the thing, photos show a frame, which can be moved.</source>
        <translation>在每张照片中寻找物体，并放大来看。“自动”会在留出的照片因此认得更准时采用它。如果模型看的不是所选的内容，下一次训练会重新学习它。模型寻找物体时，照片上会显示一个可以移动的框。</translation>
    </message>
    <message>
        <source>Advanced</source>
        <translation>高级</translation>
    </message>
    <message>
        <source>Patches of a photo (K)</source>
        <translation>每张照片的小块数 (K)</translation>
    </message>
    <message>
        <source>How many patches of a photo support a class. More see more of the thing, and more of what is around it. Holds for a model that is learned from nothing.</source>
        <translation>一张照片中有多少小块用来说明类别。越多，看到的物体越完整，周围的内容也越多。对从头学习的模型生效。</translation>
    </message>
    <message>
        <source>Softness of the match (ε)</source>
        <translation>匹配的柔和度 (ε)</translation>
    </message>
    <message>
        <source>How softly patches are shared out among the words of a description: small gives each patch to one word, large to many. Holds from the next task on.</source>
        <translation>小块在描述词语之间分配得有多柔和：数值小则每个小块归于一个词语，数值大则归于多个。从下一个任务起生效。</translation>
    </message>
    <message>
        <source>Exemplars of a class</source>
        <translation>每个类别的代表照片</translation>
    </message>
    <message>
        <source>How many photos show a class to whoever describes it. Holds for classes without exemplars so far.</source>
        <translation>用多少张照片向撰写者展示一个类别。对还没有代表照片的类别生效。</translation>
    </message>
    <message>
        <source>Automatic</source>
        <translation>自动</translation>
    </message>
    <message>
        <source>The whole photo</source>
        <translation>整张照片</translation>
    </message>
    <message>
        <source>The thing in it</source>
        <translation>照片中的物体</translation>
    </message>
    <message>
        <source>Look at</source>
        <translation>看什么</translation>
    </message>
    <message>
        <source>Of the project {name}.</source>
        <translation>属于项目“{name}”。</translation>
    </message>
    <message>
        <source>These belong to a project: open one to set them.</source>
        <translation>这些设置属于项目：请打开一个项目再设置。</translation>
    </message>
    <message>
        <source>Looks at: the thing.</source>
        <translation>看的是：物体。</translation>
    </message>
    <message>
        <source>Looks at: the whole photo.</source>
        <translation>看的是：整张照片。</translation>
    </message>
    <message>
        <source>What was learned keeps to {n} patches. To change that, forget what was learned (Project menu) and learn it anew.</source>
        <translation>已学内容保持 {n} 个小块。要改变它，请忘记已学内容（“项目”菜单）并重新学习。</translation>
    </message>
    <message>
        <source>The new softness holds from the next task on.</source>
        <translation>新的柔和度从下一个任务起生效。</translation>
    </message>
</context>
<context>
    <name>NameField</name>
    <message>
        <source>Name of {photos}</source>
        <translation>{photos}的名称</translation>
    </message>
    <message>
        <source>Name</source>
        <translation>名称</translation>
    </message>
    <message>
        <source>Name of the group</source>
        <translation>组的名称</translation>
    </message>
</context>
<context>
    <name>Newest</name>
    <message>
        <source>Loading what was learned</source>
        <translation>载入已学内容</translation>
    </message>
</context>
<context>
    <name>Notifier</name>
    <message>
        <source>{title}: done</source>
        <translation>{title}：已完成</translation>
    </message>
    <message>
        <source>{title}: failed. The window says why.</source>
        <translation>{title}：失败。原因见窗口。</translation>
    </message>
</context>
<context>
    <name>OutcomeView</name>
    <message>
        <source>Before</source>
        <translation>之前</translation>
    </message>
    <message>
        <source>After</source>
        <translation>之后</translation>
    </message>
    <message>
        <source>What each class could before and after it</source>
        <translation>训练前后每个类别的情况</translation>
    </message>
    <message>
        <source>the other classes: {right}</source>
        <translation>其他类别：{right}</translation>
    </message>
    <message>
        <source>Learned {names}</source>
        <translation>已学会 {names}</translation>
    </message>
    <message>
        <source>This training forgot nothing of the old classes (their test photos: {n}).</source>
        <translation>这次训练没有遗忘任何旧类别（旧类别的测试照片：{n} 张）。</translation>
    </message>
    <message>
        <source>Corrections of {names}</source>
        <translation>{names} 的更正</translation>
    </message>
    <message>
        <source>More photos of {names}</source>
        <translation>{names} 的更多照片</translation>
    </message>
    <message>
        <source>Learned again: {names}</source>
        <translation>已重新学习：{names}</translation>
    </message>
    <message>
        <source>There are no test photos, so nothing could be checked.</source>
        <translation>没有测试照片，因此无法检验。</translation>
    </message>
    <message>
        <source>Changed description of {names}</source>
        <translation>{names} 的描述有变动</translation>
    </message>
    <message>
        <source>Known classes of {names} learned again</source>
        <translation>已重新学习 {names} 的已知类别</translation>
    </message>
    <message>
        <source>{photos} in {time}</source>
        <translation>{photos}，用时 {time}</translation>
    </message>
    <message>
        <source>{classes} as before</source>
        <translation>{classes}没有变化</translation>
    </message>
    <message>
        <source>Only what changed</source>
        <translation>只看变化</translation>
    </message>
    <message>
        <source>Forgetting in {n} of {all} old classes; most in {name}: {lost}.</source>
        <translation>{all} 个旧类别中有 {n} 个有所遗忘；最多的是 {name}：{lost}。</translation>
    </message>
</context>
<context>
    <name>Page</name>
    <message>
        <source>Drop here</source>
        <translation>放在这里</translation>
    </message>
</context>
<context>
    <name>Palette</name>
    <message>
        <source>Nothing fits</source>
        <translation>没有相符的内容</translation>
    </message>
</context>
<context>
    <name>Panel</name>
    <message>
        <source>If it were one of these</source>
        <translation>假如它属于其中之一</translation>
    </message>
    <message>
        <source>unsure</source>
        <translation>不确定</translation>
    </message>
    <message>
        <source>{ms} ms</source>
        <translation>{ms} 毫秒</translation>
    </message>
    <message>
        <source>{n} frames a second</source>
        <translation>每秒 {n} 帧</translation>
    </message>
    <message>
        <source>a quick look</source>
        <translation>快速看一眼</translation>
    </message>
</context>
<context>
    <name>PassingPhotos</name>
    <message>
        <source>Photos that are encoded</source>
        <translation>正在查看的照片</translation>
    </message>
</context>
<context>
    <name>PhotoActions</name>
    <message>
        <source>Explain this photo</source>
        <translation>解释这张照片</translation>
    </message>
    <message>
        <source>Its label is right</source>
        <translation>它的标签是对的</translation>
    </message>
    <message>
        <source>Move to class</source>
        <translation>移到类别</translation>
    </message>
    <message>
        <source>Set aside</source>
        <translation>搁置</translation>
    </message>
    <message>
        <source>Test with these</source>
        <translation>用于测试</translation>
    </message>
    <message>
        <source>Make an exemplar</source>
        <translation>设为代表照片</translation>
    </message>
    <message>
        <source>Select all</source>
        <translation>全选</translation>
    </message>
    <message>
        <source>Remove from the project</source>
        <translation>从项目中移除</translation>
    </message>
    <message>
        <source>Move to {name}</source>
        <translation>移到“{name}”</translation>
    </message>
    <message>
        <source>Move each to the class that fits better</source>
        <translation>各自移到更合适的类别</translation>
    </message>
    <message>
        <source>Use again</source>
        <translation>重新使用</translation>
    </message>
    <message>
        <source>Learn from these</source>
        <translation>用于学习</translation>
    </message>
    <message>
        <source>No exemplar any more</source>
        <translation>不再作为代表照片</translation>
    </message>
    <message>
        <source>{n} to {name}</source>
        <translation>{n} 移到 {name}</translation>
    </message>
    <message>
        <source>Moved {what}.</source>
        <translation>已移动 {what}。</translation>
    </message>
    <message>
        <source>move</source>
        <translation>移动</translation>
    </message>
    <message>
        <source>use again</source>
        <translation>重新使用</translation>
    </message>
    <message>
        <source>set aside</source>
        <translation>搁置</translation>
    </message>
    <message>
        <source>{photos} used again.</source>
        <translation>{photos}重新使用。</translation>
    </message>
    <message>
        <source>{photos} set aside.</source>
        <translation>{photos}已搁置。</translation>
    </message>
    <message>
        <source>learn from</source>
        <translation>用于学习</translation>
    </message>
    <message>
        <source>test with</source>
        <translation>用于测试</translation>
    </message>
    <message>
        <source>{photos} to learn from.</source>
        <translation>{photos}用于学习。</translation>
    </message>
    <message>
        <source>{photos} only tested with.</source>
        <translation>{photos}只用于测试。</translation>
    </message>
    <message>
        <source>Exemplars of {name} were changed.</source>
        <translation>{name} 的代表照片已更改。</translation>
    </message>
    <message>
        <source>choose exemplars of</source>
        <translation>选择代表照片</translation>
    </message>
    <message>
        <source>Removed {what}. The files were not touched.</source>
        <translation>已移除 {what}。文件未受影响。</translation>
    </message>
    <message>
        <source>remove</source>
        <translation>移除</translation>
    </message>
</context>
<context>
    <name>PhotoBar</name>
    <message>
        <source>Which photos</source>
        <translation>显示哪些照片</translation>
    </message>
    <message>
        <source>Order of the photos</source>
        <translation>照片的顺序</translation>
    </message>
    <message>
        <source>Search names</source>
        <translation>搜索名称</translation>
    </message>
    <message>
        <source>All photos</source>
        <translation>全部照片</translation>
    </message>
    <message>
        <source>To learn</source>
        <translation>学习</translation>
    </message>
    <message>
        <source>To test</source>
        <translation>测试</translation>
    </message>
    <message>
        <source>Set aside</source>
        <translation>搁置</translation>
    </message>
    <message>
        <source>As added</source>
        <translation>按添加顺序</translation>
    </message>
    <message>
        <source>By name</source>
        <translation>按名称</translation>
    </message>
    <message>
        <source>Least typical first</source>
        <translation>最不典型的在前</translation>
    </message>
    <message>
        <source>Least sure first</source>
        <translation>最没把握的在前</translation>
    </message>
</context>
<context>
    <name>PhotoCanvas</name>
    <message>
        <source>Photo</source>
        <translation>照片</translation>
    </message>
</context>
<context>
    <name>PhotoFlow</name>
    <message>
        <source>The parts of a photo that speak most for its class: only these are matched with the words.</source>
        <translation>照片中最能说明其类别的部分：只有这些部分与词语匹配。</translation>
    </message>
    <message>
        <source>Photos pass by here as they are encoded.</source>
        <translation>正在查看的照片会从这里经过。</translation>
    </message>
    <message>
        <source>Encoded before</source>
        <translation>之前已编码</translation>
    </message>
    <message>
        <source>Encoded {done} of {total} new photos</source>
        <translation>已编码新照片 {done} / {total}</translation>
    </message>
    <message>
        <source>Patches it picks</source>
        <translation>选取的小块</translation>
    </message>
    <message>
        <source>Patches it picked</source>
        <translation>已选取的小块</translation>
    </message>
    <message>
        <source>None yet</source>
        <translation>还没有</translation>
    </message>
    <message>
        <source>Patches that were picked</source>
        <translation>选取的小块</translation>
    </message>
</context>
<context>
    <name>PhotoFrame</name>
    <message>
        <source>The model looked closely here. Drag the frame to where the thing is (arrow keys; with Shift they resize it); a double click or Backspace takes it back.</source>
        <translation>模型仔细看了这里。把框拖到物体所在处（方向键移动，按住 Shift 调整大小）；双击或按退格键撤回。</translation>
    </message>
    <message>
        <source>Your frame</source>
        <translation>您的框</translation>
    </message>
    <message>
        <source>Looked here</source>
        <translation>看了这里</translation>
    </message>
</context>
<context>
    <name>PhotoGrid</name>
    <message>
        <source>Photos of the class</source>
        <translation>该类别的照片</translation>
    </message>
</context>
<context>
    <name>PhotoModel</name>
    <message>
        <source>{share} sure that it is of its class</source>
        <translation>{share} 确信它属于所标的类别</translation>
    </message>
    <message>
        <source>set aside</source>
        <translation>搁置</translation>
    </message>
    <message>
        <source>test</source>
        <translation>测试</translation>
    </message>
    <message>
        <source>exemplar</source>
        <translation>代表</translation>
    </message>
    <message>
        <source>new</source>
        <translation>新</translation>
    </message>
    <message>
        <source>to learn</source>
        <translation>用于学习</translation>
    </message>
    <message>
        <source>{truth}, predicted as {answer} ({share} sure)</source>
        <translation>{truth}，被识别为 {answer}（把握 {share}）</translation>
    </message>
    <message>
        <source>One to learn from, beside the test photo before it</source>
        <translation>学习用照片，与前面的测试照片并列</translation>
    </message>
    <message>
        <source>This label may be wrong: {answer} fits better than {truth} ({share})</source>
        <translation>此标签可能有误：{answer} 比 {truth} 更合适（{share}）</translation>
    </message>
    <message>
        <source>{truth}, answered right ({share} sure)</source>
        <translation>{truth}，答对（把握 {share}）</translation>
    </message>
</context>
<context>
    <name>PhotoStrip</name>
    <message>
        <source>Photos of the chosen cell</source>
        <translation>所选单元格的照片</translation>
    </message>
    <message>
        <source>Photos predicted as {answer}: {n}</source>
        <translation>被识别为“{answer}”的照片：{n}</translation>
    </message>
    <message>
        <source>Photos of {truth}, predicted as {answer}: {n}</source>
        <translation>“{truth}”被识别为“{answer}”的照片：{n}</translation>
    </message>
    <message>
        <source>Photos of {truth}: {n}</source>
        <translation>“{truth}”的照片：{n}</translation>
    </message>
    <message>
        <source>Photos answered wrong: {n}</source>
        <translation>答错的照片：{n}</translation>
    </message>
    <message>
        <source>Every test photo was answered right.</source>
        <translation>所有测试照片都答对了。</translation>
    </message>
    <message>
        <source>Photos of {truth}, answered right: {n}</source>
        <translation>“{truth}”答对的照片：{n}</translation>
    </message>
</context>
<context>
    <name>PhotoWalk</name>
    <message>
        <source>Which test photos</source>
        <translation>哪些测试照片</translation>
    </message>
    <message>
        <source>Photo before (Left)</source>
        <translation>上一张照片（左箭头）</translation>
    </message>
    <message>
        <source>Next photo (Right)</source>
        <translation>下一张照片（右箭头）</translation>
    </message>
    <message>
        <source>All test photos</source>
        <translation>所有测试照片</translation>
    </message>
    <message>
        <source>Wrong</source>
        <translation>错误</translation>
    </message>
    <message>
        <source>Unsure</source>
        <translation>不确定</translation>
    </message>
    <message>
        <source>Checking...</source>
        <translation>正在检查…</translation>
    </message>
    <message>
        <source>no photos</source>
        <translation>没有照片</translation>
    </message>
    <message>
        <source>{n} of {total}</source>
        <translation>{n} / {total}</translation>
    </message>
    <message>
        <source>{total} in all</source>
        <translation>共 {total}</translation>
    </message>
    <message>
        <source>No test photo was predicted as another class.</source>
        <translation>没有测试照片被认错。</translation>
    </message>
    <message>
        <source>The model was sure of every test photo.</source>
        <translation>模型对每张测试照片都有把握。</translation>
    </message>
    <message>
        <source>There is no test photo. Drop a photo here, or open one.</source>
        <translation>没有测试照片。把照片拖到这里，或打开一张。</translation>
    </message>
    <message>
        <source>Checking the test photos</source>
        <translation>正在检验测试照片</translation>
    </message>
    <message>
        <source>This photo is not in the project any more.</source>
        <translation>这张照片已不在项目中。</translation>
    </message>
</context>
<context>
    <name>PhraseList</name>
    <message>
        <source>Phrases of the class</source>
        <translation>该类别的短语</translation>
    </message>
</context>
<context>
    <name>PhraseModel</name>
    <message>
        <source>add a phrase to</source>
        <translation>添加短语：</translation>
    </message>
    <message>
        <source>delete a phrase of</source>
        <translation>删除短语：</translation>
    </message>
    <message>
        <source>change a phrase of</source>
        <translation>修改短语：</translation>
    </message>
    <message>
        <source>A phrase has at most {n} letters. What came after “{word}” was left out.</source>
        <translation>短语最多 {n} 个字符。“{word}”之后的内容已略去。</translation>
    </message>
    <message>
        <source>from the name</source>
        <translation>由名称</translation>
    </message>
    <message>
        <source>looks like it</source>
        <translation>看起来像</translation>
    </message>
    <message>
        <source>measured</source>
        <translation>测得</translation>
    </message>
    <message>
        <source>phrase bank</source>
        <translation>短语库</translation>
    </message>
    <message>
        <source>offline</source>
        <translation>离线</translation>
    </message>
    <message>
        <source>GPT</source>
        <translation>GPT</translation>
    </message>
    <message>
        <source>yours</source>
        <translation>自写</translation>
    </message>
    <message>
        <source>imported</source>
        <translation>导入</translation>
    </message>
    <message>
        <source>Written on this computer, by comparing words with the exemplars</source>
        <translation>在本机通过比较词语与代表照片写成</translation>
    </message>
    <message>
        <source>Written by a service that saw the exemplars</source>
        <translation>由看过代表照片的服务写成</translation>
    </message>
    <message>
        <source>Written by you</source>
        <translation>由你撰写</translation>
    </message>
    <message>
        <source>Read from a file</source>
        <translation>从文件读入</translation>
    </message>
    <message>
        <source>What WordNet says of the name, whose meaning is certain</source>
        <translation>WordNet 对该名称的说明，其含义是确定的</translation>
    </message>
    <message>
        <source>What the photos look like to the backbone</source>
        <translation>在骨干模型看来照片像什么</translation>
    </message>
    <message>
        <source>Measured on the exemplars themselves</source>
        <translation>在示例照片上直接测得</translation>
    </message>
    <message>
        <source>A phrase of the bank that the photos are like, and whose words are known to hold</source>
        <translation>短语库中与照片相似、且其用词已知成立的短语</translation>
    </message>
    <message>
        <source>The marked patch above is where it was seen best</source>
        <translation>上方标出的小块最能体现它</translation>
    </message>
</context>
<context>
    <name>PhraseView</name>
    <message>
        <source>Phrases</source>
        <translation>短语</translation>
    </message>
    <message>
        <source>A few words on what can be seen, such as: red cap with white dots</source>
        <translation>用几个词写出看得见的特征，例如：带白点的红色菌盖</translation>
    </message>
    <message>
        <source>Add a phrase</source>
        <translation>添加短语</translation>
    </message>
    <message>
        <source>reorder the phrases of</source>
        <translation>重排短语：</translation>
    </message>
</context>
<context>
    <name>PictureView</name>
    <message>
        <source>No photo fits</source>
        <translation>没有符合的照片</translation>
    </message>
</context>
<context>
    <name>PileWork</name>
    <message>
        <source>Encoding photos</source>
        <translation>正在编码照片</translation>
    </message>
    <message>
        <source>Cancelled. What was encoded is kept: the same photos take less time the next time.</source>
        <translation>已取消。已编码的内容会保留：下次处理同样的照片会更快。</translation>
    </message>
    <message>
        <source>How far the sorting was cannot be read any more: the photos are grouped anew.</source>
        <translation>无法再读取之前的归类进度：照片将重新分组。</translation>
    </message>
    <message>
        <source>Found where they lie now: {photos}.</source>
        <translation>已在新位置找到：{photos}。</translation>
    </message>
    <message>
        <source>In the project already, and not to be sorted: {photos}</source>
        <translation>已在项目中，不再归类：{photos}</translation>
    </message>
    <message>
        <source>a group without a name</source>
        <translation>一个没有名称的组</translation>
    </message>
    <message>
        <source>Asking the service for a name</source>
        <translation>正在请服务起名</translation>
    </message>
    <message>
        <source>Learning what was named</source>
        <translation>正在学习已命名的组</translation>
    </message>
    <message>
        <source>Cancelled. Nothing was learned.</source>
        <translation>已取消。没有学习任何内容。</translation>
    </message>
</context>
<context>
    <name>PlanModel</name>
    <message>
        <source>Class</source>
        <translation>类别</translation>
    </message>
    <message>
        <source>To learn</source>
        <translation>学习</translation>
    </message>
    <message>
        <source>To test</source>
        <translation>测试</translation>
    </message>
    <message>
        <source>will be written offline</source>
        <translation>将离线撰写</translation>
    </message>
    <message>
        <source>needs none</source>
        <translation>不需要</translation>
    </message>
    <message>
        <source>more photos</source>
        <translation>更多照片</translation>
    </message>
    <message>
        <source>photos were taken out</source>
        <translation>有照片被移出</translation>
    </message>
    <message>
        <source>its text changed</source>
        <translation>描述有变动</translation>
    </message>
</context>
<context>
    <name>PlanSheet</name>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
    <message>
        <source>Photos</source>
        <translation>照片</translation>
    </message>
</context>
<context>
    <name>PlanView</name>
    <message>
        <source>Look at the descriptions</source>
        <translation>查看描述</translation>
    </message>
    <message>
        <source>Tasks to learn, with their classes</source>
        <translation>要学习的任务及其类别</translation>
    </message>
    <message>
        <source>Tick a task to learn it</source>
        <translation>勾选要学习的任务</translation>
    </message>
    <message>
        <source>one new class</source>
        <translation>1 个新类别</translation>
    </message>
    <message>
        <source>{n} new classes</source>
        <translation>{n} 个新类别</translation>
    </message>
    <message>
        <source>more photos of {names}</source>
        <translation>{names} 的更多照片</translation>
    </message>
    <message>
        <source>{names} again, without the photos that are gone</source>
        <translation>重新学习{names}，不含已移出的照片</translation>
    </message>
    <message>
        <source>{names} again, with the text of now</source>
        <translation>用现在的描述重新学习{names}</translation>
    </message>
    <message>
        <source>It keeps what it knows of the other classes, and needs none of their photos.</source>
        <translation>它保留对其他类别已有的认识，不需要这些类别的任何照片。</translation>
    </message>
    <message>
        <source>It keeps what it knows (classes: {n}), and needs none of the old photos.</source>
        <translation>它保留已知内容（{n} 个类别），不需要任何旧照片。</translation>
    </message>
    <message>
        <source>Open for reading only. To train, close it where else it is open, and open it here again.</source>
        <translation>以只读方式打开。要训练，请在其他打开它的地方关闭，再在这里重新打开。</translation>
    </message>
    <message>
        <source>What is learned is checked on the test photos, which are never learned from.</source>
        <translation>学习结果用测试照片检验，测试照片从不用于学习。</translation>
    </message>
    <message>
        <source>Learns {what}</source>
        <translation>学习 {what}</translation>
    </message>
    <message>
        <source>No text yet, written offline first: {names}</source>
        <translation>还没有文字，将先离线撰写：{names}</translation>
    </message>
</context>
<context>
    <name>ProjectActions</name>
    <message>
        <source>My photos</source>
        <translation>我的照片</translation>
    </message>
    <message>
        <source>Looking for photos</source>
        <translation>正在查找照片</translation>
    </message>
    <message>
        <source>Folders of photos</source>
        <translation>照片文件夹</translation>
    </message>
    <message>
        <source>Photos that look alike are put together, and you name them.</source>
        <translation>看起来相似的照片已归在一起，由您命名。</translation>
    </message>
    <message>
        <source>Name them by folder</source>
        <translation>按文件夹命名</translation>
    </message>
    <message>
        <source>There is a {name} in {folder} already, and it was not replaced.</source>
        <translation>{folder} 中已有 {name}，没有替换它。</translation>
    </message>
    <message>
        <source>Open it</source>
        <translation>打开它</translation>
    </message>
    <message>
        <source>Open for reading</source>
        <translation>以只读方式打开</translation>
    </message>
    <message>
        <source>Earlier versions...</source>
        <translation>早先的版本…</translation>
    </message>
</context>
<context>
    <name>Question</name>
    <message>
        <source>Are these the same?</source>
        <translation>这些相同吗？</translation>
    </message>
    <message>
        <source>Yes  Y</source>
        <translation>是  Y</translation>
    </message>
    <message>
        <source>Yes, they are the same</source>
        <translation>是，它们相同</translation>
    </message>
    <message>
        <source>No  N</source>
        <translation>否  N</translation>
    </message>
    <message>
        <source>No, they are different</source>
        <translation>否，它们不同</translation>
    </message>
</context>
<context>
    <name>RecentRow</name>
    <message>
        <source>Take off this list; the file stays (Delete)</source>
        <translation>从列表中移除；文件仍保留（Delete）</translation>
    </message>
    <message>
        <source>Take {name} off this list</source>
        <translation>把“{name}”从列表中移除</translation>
    </message>
    <message>
        <source>Cannot be opened</source>
        <translation>无法打开</translation>
    </message>
</context>
<context>
    <name>Recorder</name>
    <message>
        <source>Class to add frames to</source>
        <translation>要添加画面的类别</translation>
    </message>
    <message>
        <source>Hold to record</source>
        <translation>按住录制</translation>
    </message>
    <message>
        <source>Records frames while it is held, each once, by mouse or Space; you look them through first</source>
        <translation>按住鼠标或空格键时录制画面，相同的画面只录一次；添加前可先查看</translation>
    </message>
    <message>
        <source>Puts frames that look alike together, to be named there</source>
        <translation>把看起来相像的帧放在一起，在那里命名</translation>
    </message>
    <message>
        <source>Sort them</source>
        <translation>去归类</translation>
    </message>
    <message>
        <source>Discard</source>
        <translation>丢弃</translation>
    </message>
    <message>
        <source>Add to class</source>
        <translation>添加到类别</translation>
    </message>
    <message>
        <source>One recorded frame was not added to a class.</source>
        <translation>有一帧录制的画面还没有加入任何类别。</translation>
    </message>
    <message>
        <source>{n} recorded frames were not added to a class.</source>
        <translation>有 {n} 帧录制的画面还没有加入任何类别。</translation>
    </message>
    <message>
        <source>Add {n} frames</source>
        <translation>添加 {n} 帧</translation>
    </message>
    <message>
        <source>Add 1 frame</source>
        <translation>添加 1 帧</translation>
    </message>
    <message>
        <source>{n} frames are enough. Click those to leave out.</source>
        <translation>{n} 帧足够了。点击要排除的画面。</translation>
    </message>
    <message>
        <source>Name the class below. Click frames to leave them out.</source>
        <translation>请在下方填写类别。点击画面可排除。</translation>
    </message>
    <message>
        <source>Click frames to leave them out.</source>
        <translation>点击画面可排除。</translation>
    </message>
    <message>
        <source>Adding frames to {name}</source>
        <translation>正在向“{name}”添加画面</translation>
    </message>
    <message>
        <source>Keeping frames</source>
        <translation>正在保存帧</translation>
    </message>
    <message>
        <source>Waiting to be learned: {frames}.</source>
        <translation>等待学习：{frames}。</translation>
    </message>
    <message>
        <source>1 was left out as a copy.</source>
        <translation>其中 1 帧是重复的，已略过。</translation>
    </message>
    <message>
        <source>{n} were left out as copies.</source>
        <translation>其中 {n} 帧是重复的，已略过。</translation>
    </message>
    <message>
        <source>Undo</source>
        <translation>撤销</translation>
    </message>
    <message>
        <source>Discarded {frames}.</source>
        <translation>已丢弃{frames}。</translation>
    </message>
    <message>
        <source>Bring them back</source>
        <translation>恢复</translation>
    </message>
</context>
<context>
    <name>ResultsBody</name>
    <message>
        <source>Order of the classes in the matrix</source>
        <translation>矩阵中类别的顺序</translation>
    </message>
    <message>
        <source>In order of learning</source>
        <translation>按学习顺序</translation>
    </message>
    <message>
        <source>Similar together</source>
        <translation>相似的放在一起</translation>
    </message>
    <message>
        <source>Accuracy after each task, on each task</source>
        <translation>每个任务之后在各任务上的准确率</translation>
    </message>
    <message>
        <source>Show all mistakes</source>
        <translation>显示所有错误</translation>
    </message>
    <message>
        <source>after {task}</source>
        <translation>{task} 之后</translation>
    </message>
    <message>
        <source>Class</source>
        <translation>类别</translation>
    </message>
    <message>
        <source>Task</source>
        <translation>任务</translation>
    </message>
    <message>
        <source>Photos</source>
        <translation>照片</translation>
    </message>
    <message>
        <source>Photos learned from + photos checked on</source>
        <translation>学习用照片 + 检验用照片</translation>
    </message>
    <message>
        <source>Accuracy</source>
        <translation>准确率</translation>
    </message>
    <message>
        <source>Forgotten</source>
        <translation>遗忘</translation>
    </message>
    <message>
        <source>Classes with their accuracy</source>
        <translation>类别及其准确率</translation>
    </message>
    <message>
        <source>Accuracy over tasks</source>
        <translation>随任务变化的准确率</translation>
    </message>
    <message>
        <source>Details</source>
        <translation>详细信息</translation>
    </message>
    <message>
        <source>What to fix</source>
        <translation>需要修正的</translation>
    </message>
    <message>
        <source>Accuracy matrix</source>
        <translation>准确率矩阵</translation>
    </message>
    <message>
        <source>Best earlier accuracy less the accuracy now: points, of few test photos how many</source>
        <translation>之前最好的准确率减去现在的准确率：百分点；测试照片很少时为张数</translation>
    </message>
    <message>
        <source>Confusions</source>
        <translation>混淆</translation>
    </message>
    <message>
        <source>Classes</source>
        <translation>类别</translation>
    </message>
    <message>
        <source>How it was made</source>
        <translation>制作信息</translation>
    </message>
</context>
<context>
    <name>ResultsPage</name>
    <message>
        <source>Compare</source>
        <translation>比较</translation>
    </message>
    <message>
        <source>What changed from one state of the model to another</source>
        <translation>模型从一个状态到另一个状态的变化</translation>
    </message>
    <message>
        <source>Copy</source>
        <translation>复制</translation>
    </message>
    <message>
        <source>Copy the figures as text</source>
        <translation>以文本复制数据</translation>
    </message>
    <message>
        <source>Nothing is learned yet</source>
        <translation>还没有学到任何东西</translation>
    </message>
    <message>
        <source>Go to Train</source>
        <translation>前往训练</translation>
    </message>
    <message>
        <source>Accuracy, mistakes and what was forgotten are shown here after the first training.</source>
        <translation>第一次训练之后，这里会显示准确率、错误和遗忘情况。</translation>
    </message>
    <message>
        <source>Checking on the test photos</source>
        <translation>正在用测试照片检验</translation>
    </message>
    <message>
        <source>Checking again</source>
        <translation>再次检验</translation>
    </message>
    <message>
        <source>Go to the classes</source>
        <translation>前往类别</translation>
    </message>
    <message>
        <source>{done} of {total} photos</source>
        <translation>{done} / {total} 张照片</translation>
    </message>
    <message>
        <source>The figures were copied.</source>
        <translation>数据已复制。</translation>
    </message>
</context>
<context>
    <name>RowDelegate</name>
    <message>
        <source>Fewer</source>
        <translation>收起</translation>
    </message>
</context>
<context>
    <name>RunCard</name>
    <message>
        <source>Backbone</source>
        <translation>骨干网络</translation>
    </message>
    <message>
        <source>Seed</source>
        <translation>随机种子</translation>
    </message>
    <message>
        <source>Order of tasks</source>
        <translation>任务顺序</translation>
    </message>
    <message>
        <source>Learned</source>
        <translation>学习时间</translation>
    </message>
    <message>
        <source>Made with</source>
        <translation>创建版本</translation>
    </message>
    <message>
        <source>Shown by</source>
        <translation>显示版本</translation>
    </message>
    <message>
        <source>Last training took</source>
        <translation>上次训练用时</translation>
    </message>
    <message>
        <source>Devices</source>
        <translation>设备</translation>
    </message>
    <message>
        <source>Method</source>
        <translation>方法</translation>
    </message>
    <message>
        <source>K {patches}, ε {epsilon}</source>
        <translation>K {patches}，ε {epsilon}</translation>
    </message>
    <message>
        <source>Model</source>
        <translation>模型</translation>
    </message>
</context>
<context>
    <name>RunLine</name>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
    <message>
        <source>Go on</source>
        <translation>继续</translation>
    </message>
    <message>
        <source>Goes on where it was stopped; what is answered is not done again</source>
        <translation>从停止处继续；已识别的照片不会重做</translation>
    </message>
    <message>
        <source>Shows those that cannot be read, with the reason</source>
        <translation>显示无法读取的照片及其原因</translation>
    </message>
    <message>
        <source>Photos recognised</source>
        <translation>已识别的照片</translation>
    </message>
    <message>
        <source>Looking for photos</source>
        <translation>正在查找照片</translation>
    </message>
    <message>
        <source>{done} of {photos}</source>
        <translation>第 {done} 张，共{photos}</translation>
    </message>
    <message>
        <source>1 file cannot be read</source>
        <translation>1 个文件无法读取</translation>
    </message>
    <message>
        <source>{n} files cannot be read</source>
        <translation>{n} 个文件无法读取</translation>
    </message>
    <message>
        <source>Stopped after {photos}</source>
        <translation>识别{photos}后停止</translation>
    </message>
    <message>
        <source>{n} a second</source>
        <translation>每秒 {n} 张</translation>
    </message>
</context>
<context>
    <name>SampleActions</name>
    <message>
        <source>Making the sample project</source>
        <translation>正在制作示例项目</translation>
    </message>
    <message>
        <source>Make the sample project anew?</source>
        <translation>重新制作示例项目？</translation>
    </message>
    <message>
        <source>What you changed in it is lost.</source>
        <translation>您在其中所做的更改将会丢失。</translation>
    </message>
    <message>
        <source>Make it anew</source>
        <translation>重新制作</translation>
    </message>
    <message>
        <source>Delete the sample project?</source>
        <translation>删除示例项目？</translation>
    </message>
    <message>
        <source>Delete it</source>
        <translation>删除</translation>
    </message>
    <message>
        <source>Sample project</source>
        <translation>示例项目</translation>
    </message>
    <message>
        <source>Keep it</source>
        <translation>保留</translation>
    </message>
    <message>
        <source>Deleting the sample project</source>
        <translation>正在删除示例项目</translation>
    </message>
    <message>
        <source>It is deleted with its photos. A copy stays in the cache folder.</source>
        <translation>它会连同其照片一起删除。缓存文件夹中会留有一份副本。</translation>
    </message>
    <message>
        <source>The sample project is ready</source>
        <translation>示例项目已准备好</translation>
    </message>
    <message>
        <source>Open it</source>
        <translation>打开它</translation>
    </message>
    <message>
        <source>This is the sample project: try anything in it. The start page can make it anew.</source>
        <translation>这是示例项目：可以随意尝试。开始页可以重新制作它。</translation>
    </message>
</context>
<context>
    <name>SampleCard</name>
    <message>
        <source>Open the sample project</source>
        <translation>打开示例项目</translation>
    </message>
    <message>
        <source>More for the sample project</source>
        <translation>示例项目的更多操作</translation>
    </message>
    <message>
        <source>Make it anew...</source>
        <translation>重新制作…</translation>
    </message>
    <message>
        <source>Delete it...</source>
        <translation>删除…</translation>
    </message>
    <message>
        <source>Sample project</source>
        <translation>示例项目</translation>
    </message>
    <message>
        <source>Twelve classes are described and learned in three tasks. Now: {doing}</source>
        <translation>正在描述十二个类别，并分三个任务学习。当前：{doing}</translation>
    </message>
    <message>
        <source>A model that is trained: look at its results, and at what decided for each photo.</source>
        <translation>一个训练好的模型：查看它的结果，以及每张照片是什么起了决定作用。</translation>
    </message>
    <message>
        <source>A model that is trained, to look around in. It is made on this computer from photos that come with the app. Nothing is downloaded.</source>
        <translation>一个训练好的模型，可供浏览。用应用自带的照片在本机制作。不下载任何东西。</translation>
    </message>
</context>
<context>
    <name>SearchField</name>
    <message>
        <source>Clear</source>
        <translation>清除</translation>
    </message>
</context>
<context>
    <name>SentenceEdit</name>
    <message>
        <source>The class in one sentence</source>
        <translation>用一句话描述该类别</translation>
    </message>
</context>
<context>
    <name>SettingsDialog</name>
    <message>
        <source>Settings</source>
        <translation>设置</translation>
    </message>
    <message>
        <source>Appearance</source>
        <translation>外观</translation>
    </message>
    <message>
        <source>Theme</source>
        <translation>主题</translation>
    </message>
    <message>
        <source>Like the system</source>
        <translation>跟随系统</translation>
    </message>
    <message>
        <source>Light</source>
        <translation>浅色</translation>
    </message>
    <message>
        <source>Dark</source>
        <translation>深色</translation>
    </message>
    <message>
        <source>Language</source>
        <translation>语言</translation>
    </message>
    <message>
        <source>Holds from the next start.</source>
        <translation>下次启动时生效。</translation>
    </message>
    <message>
        <source>Seconds between photos of a burst</source>
        <translation>连拍照片之间的秒数</translation>
    </message>
    <message>
        <source>Of photos without a time, take the file&apos;s</source>
        <translation>照片没有时间时使用文件的时间</translation>
    </message>
    <message>
        <source>Known photos kept from “none of these”</source>
        <translation>不被判为“都不是”的已知照片</translation>
    </message>
    <message>
        <source>The fewer are kept, the more photos like no class are called “none of these”. With 95 %, of quite other things 2 of 100 pass as a class, 8 on the worst of eight sets; of things of the same kind half, at worst 86.</source>
        <translation>保留得越少，被判为“都不是”的陌生照片就越多。保留 95 % 时，完全不同的东西每 100 张有 2 张被当作某个类别，八个数据集中最差为 8 张；同类的其他东西约一半，最差 86 张。</translation>
    </message>
    <message>
        <source>Known photos to keep</source>
        <translation>保留的已知照片</translation>
    </message>
    <message>
        <source>New projects</source>
        <translation>新项目</translation>
    </message>
    <message>
        <source>Holds at once; work that is running goes on where it is.</source>
        <translation>立即生效；正在进行的工作仍在原设备上继续。</translation>
    </message>
    <message>
        <source>Photos held out for testing</source>
        <translation>留作测试的照片</translation>
    </message>
    <message>
        <source>This computer</source>
        <translation>这台电脑</translation>
    </message>
    <message>
        <source>Device</source>
        <translation>设备</translation>
    </message>
    <message>
        <source>The fastest there is</source>
        <translation>最快的设备</translation>
    </message>
    <message>
        <source>Say unsure below</source>
        <translation>低于此值时说“不确定”</translation>
    </message>
    <message>
        <source>Say “unsure” below</source>
        <translation>低于此值时说“不确定”</translation>
    </message>
    <message>
        <source>Bursts</source>
        <translation>连拍</translation>
    </message>
    <message>
        <source>Seconds between photos</source>
        <translation>照片间隔秒数</translation>
    </message>
    <message>
        <source>Descriptions</source>
        <translation>描述</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>关闭</translation>
    </message>
</context>
<context>
    <name>SeveralCard</name>
    <message>
        <source>What the photos are</source>
        <translation>这些照片是什么</translation>
    </message>
    <message>
        <source>Set aside</source>
        <translation>搁置</translation>
    </message>
    <message>
        <source>None of these</source>
        <translation>都不是</translation>
    </message>
    <message>
        <source>They are</source>
        <translation>它们是</translation>
    </message>
    <message>
        <source>It is</source>
        <translation>它是</translation>
    </message>
    <message>
        <source>{n} photos are selected</source>
        <translation>已选择 {n} 张照片</translation>
    </message>
</context>
<context>
    <name>SizeSlider</name>
    <message>
        <source>Size of the pictures</source>
        <translation>图片大小</translation>
    </message>
    <message>
        <source>As large as all of them fit</source>
        <translation>在全部可见的前提下尽量大</translation>
    </message>
</context>
<context>
    <name>SkipReport</name>
    <message>
        <source>Skipped files</source>
        <translation>跳过的文件</translation>
    </message>
    <message>
        <source>File</source>
        <translation>文件</translation>
    </message>
    <message>
        <source>Why</source>
        <translation>原因</translation>
    </message>
    <message>
        <source>Copy</source>
        <translation>复制</translation>
    </message>
    <message>
        <source>another one</source>
        <translation>另一张照片</translation>
    </message>
</context>
<context>
    <name>SortBar</name>
    <message>
        <source>Which groups</source>
        <translation>哪些组</translation>
    </message>
    <message>
        <source>Order of the groups</source>
        <translation>组的顺序</translation>
    </message>
    <message>
        <source>Search by words</source>
        <translation>按词语搜索</translation>
    </message>
    <message>
        <source>Largest first</source>
        <translation>最大的在前</translation>
    </message>
    <message>
        <source>Most alike first</source>
        <translation>最相像的在前</translation>
    </message>
    <message>
        <source>Most useful to label</source>
        <translation>最值得标注的在前</translation>
    </message>
    <message>
        <source>Left over, as a test</source>
        <translation>剩余的，作为测试</translation>
    </message>
    <message>
        <source>By name</source>
        <translation>按名称</translation>
    </message>
    <message>
        <source>All groups</source>
        <translation>所有组</translation>
    </message>
    <message>
        <source>Without a name</source>
        <translation>没有名称</translation>
    </message>
    <message>
        <source>With a name</source>
        <translation>有名称</translation>
    </message>
</context>
<context>
    <name>SortPage</name>
    <message>
        <source>Learn</source>
        <translation>学习</translation>
    </message>
    <message>
        <source>Add photos</source>
        <translation>添加照片</translation>
    </message>
    <message>
        <source>Ask the service for a name</source>
        <translation>请服务起名</translation>
    </message>
    <message>
        <source>Copy into class folders...</source>
        <translation>复制到类别文件夹…</translation>
    </message>
    <message>
        <source>Take all photos out of Sort</source>
        <translation>把所有照片移出归类</translation>
    </message>
    <message>
        <source>More</source>
        <translation>更多</translation>
    </message>
    <message>
        <source>Choose folders of photos that are not sorted yet</source>
        <translation>选择还没有归类的照片的文件夹</translation>
    </message>
    <message>
        <source>Looking at the photos...</source>
        <translation>正在查看照片…</translation>
    </message>
    <message>
        <source>All photos are sorted. Drop others; U undoes what was done last</source>
        <translation>所有照片都已归类。拖入其他照片；按 U 撤销上一步操作</translation>
    </message>
    <message>
        <source>No group fits</source>
        <translation>没有符合的组</translation>
    </message>
    <message>
        <source>Most useful to label: {n} of {all}</source>
        <translation>最值得标注：第 {n} 张，共 {all} 张</translation>
    </message>
    <message>
        <source>Two kinds, as it seems.</source>
        <translation>看来有两种。</translation>
    </message>
    <message>
        <source>{n} kinds, as it seems.</source>
        <translation>看来有 {n} 种。</translation>
    </message>
    <message>
        <source>No groups were found. Pick photos of one kind, and press Enter to make a group of them.</source>
        <translation>没有找到组。请选中同一种的照片，按回车组成一组。</translation>
    </message>
    <message>
        <source>{n} left over</source>
        <translation>剩余 {n} 张</translation>
    </message>
    <message>
        <source>Learn {classes}</source>
        <translation>学习 {classes}</translation>
    </message>
    <message>
        <source>1 file left out</source>
        <translation>略过 1 个文件</translation>
    </message>
    <message>
        <source>{n} files left out</source>
        <translation>略过 {n} 个文件</translation>
    </message>
    <message>
        <source>Drop photos that are not sorted yet</source>
        <translation>把还没有归类的照片拖到这里</translation>
    </message>
    <message>
        <source>Those that look alike are put together. You give each group its name, and it becomes a class to recognise. The photos stay where they are, and nothing leaves this computer without your yes.</source>
        <translation>看起来相像的照片会放在一起。您给每组起名，它就成为要识别的类别。照片留在原处，未经您同意，什么都不会离开这台电脑。</translation>
    </message>
    <message>
        <source>No photo of the test is left to name.</source>
        <translation>测试的照片都已处理。</translation>
    </message>
    <message>
        <source>Test: {n} of {all}</source>
        <translation>测试：第 {n} 张，共 {all} 张</translation>
    </message>
    <message>
        <source>They are in no group so far. They are grouped anew as you name.</source>
        <translation>目前它们不属于任何一组。您命名时会重新分组。</translation>
    </message>
    <message>
        <source>Test with {photos}</source>
        <translation>用{photos}测试</translation>
    </message>
    <message>
        <source>Looking at the photos: {done} of {all}</source>
        <translation>正在查看照片：{done} / {all}</translation>
    </message>
    <message>
        <source>1 to {n} suggestions</source>
        <translation>1 到 {n} 建议</translation>
    </message>
    <message>
        <source>1 suggestion</source>
        <translation>1 建议</translation>
    </message>
    <message>
        <source>Enter accept the name</source>
        <translation>Enter 接受名称</translation>
    </message>
    <message>
        <source>Up, Down other groups · Escape leave it</source>
        <translation>上下方向键 其他组 · Escape 保持原样</translation>
    </message>
    <message>
        <source>Enter name</source>
        <translation>Enter 命名</translation>
    </message>
    <message>
        <source>M merge · S split · X take out · G own group · Del set aside · U undo</source>
        <translation>M 合并 · S 拆分 · X 移出 · G 单独成组 · Del 搁置 · U 撤销</translation>
    </message>
    <message>
        <source>{name} is no name for a class: choose another</source>
        <translation>“{name}”不能作为类别名称：请另选一个</translation>
    </message>
    <message>
        <source>{photos} joined {name}.</source>
        <translation>{photos}已并入 {name}。</translation>
    </message>
    <message>
        <source>The rest of the group is grouped anew.</source>
        <translation>该组其余照片会重新分组。</translation>
    </message>
    <message>
        <source>These photos are too much alike to be split</source>
        <translation>这些照片太相像，无法拆分</translation>
    </message>
    <message>
        <source>{photos} set aside.</source>
        <translation>{photos}已搁置。</translation>
    </message>
    <message>
        <source>Nothing on this page is left to undo. {keys} undoes: {what}</source>
        <translation>此页面上没有可撤销的操作了。{keys} 将撤销：{what}</translation>
    </message>
    <message>
        <source>There is nothing to undo</source>
        <translation>没有可撤销的内容</translation>
    </message>
    <message>
        <source>This project&apos;s backbone reads no words: no names are proposed for groups</source>
        <translation>此项目的骨干网络不读文字：不会为分组建议名称</translation>
    </message>
    <message>
        <source>The test photos were added: {right}.</source>
        <translation>已添加测试照片：{right}。</translation>
    </message>
    <message>
        <source>{name} sorted</source>
        <translation>{name} 已归类</translation>
    </message>
    <message>
        <source>Copy into which folder? Name a new one, or choose an empty one</source>
        <translation>复制到哪个文件夹？请输入新文件夹的名称，或选择一个空文件夹</translation>
    </message>
    <message>
        <source>Learned {classes}.</source>
        <translation>已学习 {classes}。</translation>
    </message>
    <message>
        <source>Test photos: {right}.</source>
        <translation>测试照片：{right}。</translation>
    </message>
    <message>
        <source>Left out: {n} ({why})</source>
        <translation>略过：{n} 张（{why}）</translation>
    </message>
    <message>
        <source>Name {n} of those left over, as an honest test</source>
        <translation>为剩余的 {n} 张命名，作为公正的测试</translation>
    </message>
    <message>
        <source>Copying photos</source>
        <translation>正在复制照片</translation>
    </message>
    <message>
        <source>Copied {photos} into {path}</source>
        <translation>已把{photos}复制到 {path}</translation>
    </message>
    <message>
        <source>Not copied: {n} ({why})</source>
        <translation>未复制：{n} 张（{why}）</translation>
    </message>
    <message>
        <source>Nothing is sorted any more.</source>
        <translation>不再归类任何照片。</translation>
    </message>
    <message>
        <source>Undo</source>
        <translation>撤销</translation>
    </message>
</context>
<context>
    <name>SortSheet</name>
    <message>
        <source>Sort into folders</source>
        <translation>整理到文件夹</translation>
    </message>
    <message>
        <source>Sort the photos into a folder for each class</source>
        <translation>把照片整理到各类别的文件夹</translation>
    </message>
    <message>
        <source>Choose a folder</source>
        <translation>选择文件夹</translation>
    </message>
    <message>
        <source>Copy: the photos stay where they are</source>
        <translation>复制：照片保留在原处</translation>
    </message>
    <message>
        <source>Move: can be undone</source>
        <translation>移动：可以撤销</translation>
    </message>
    <message>
        <source>Unsure below, in per cent</source>
        <translation>低于多少百分比算没有把握</translation>
    </message>
    <message>
        <source>Folders and how many photos they would get</source>
        <translation>各文件夹将得到的照片数</translation>
    </message>
    <message>
        <source>Folder</source>
        <translation>文件夹</translation>
    </message>
    <message>
        <source>Copy</source>
        <translation>复制</translation>
    </message>
    <message>
        <source>Unsure ones (below {limit}) into a folder of their own: {n}</source>
        <translation>没有把握的（低于 {limit}）单独放进一个文件夹：{n}</translation>
    </message>
    <message>
        <source>Some photos of {folder}</source>
        <translation>{folder} 的部分照片</translation>
    </message>
    <message>
        <source>1 photo stays where it is</source>
        <translation>1 张照片留在原处</translation>
    </message>
    <message>
        <source>{name} sorted</source>
        <translation>{name} 已归类</translation>
    </message>
    <message>
        <source>Sort into which folder? Name a new one, or choose an empty one</source>
        <translation>归类到哪个文件夹？请输入新文件夹的名称，或选择一个空文件夹</translation>
    </message>
    <message>
        <source>{n} photos stay where they are</source>
        <translation>{n} 张照片留在原处</translation>
    </message>
    <message>
        <source>Move</source>
        <translation>移动</translation>
    </message>
    <message>
        <source>Move {photos}</source>
        <translation>移动{photos}</translation>
    </message>
    <message>
        <source>Copy {photos}</source>
        <translation>复制{photos}</translation>
    </message>
</context>
<context>
    <name>SourceMenu</name>
    <message>
        <source>Source</source>
        <translation>来源</translation>
    </message>
    <message>
        <source>Camera</source>
        <translation>摄像头</translation>
    </message>
    <message>
        <source>Photo...</source>
        <translation>照片…</translation>
    </message>
    <message>
        <source>Folder of photos...</source>
        <translation>照片文件夹…</translation>
    </message>
    <message>
        <source>Video...</source>
        <translation>视频…</translation>
    </message>
    <message>
        <source>Choose a folder of photos</source>
        <translation>选择照片文件夹</translation>
    </message>
    <message>
        <source>Videos ({patterns})</source>
        <translation>视频 ({patterns})</translation>
    </message>
    <message>
        <source>Choose a video</source>
        <translation>选择视频</translation>
    </message>
    <message>
        <source>Photos ({patterns})</source>
        <translation>照片 ({patterns})</translation>
    </message>
    <message>
        <source>Choose a photo</source>
        <translation>选择照片</translation>
    </message>
</context>
<context>
    <name>Stage</name>
    <message>
        <source>Live picture</source>
        <translation>实时画面</translation>
    </message>
    <message>
        <source>Show which patches supported the class (O)</source>
        <translation>显示支持该类别的小块 (O)</translation>
    </message>
    <message>
        <source>Freeze</source>
        <translation>定格</translation>
    </message>
    <message>
        <source>Mirror</source>
        <translation>镜像</translation>
    </message>
    <message>
        <source>Exchange left and right on screen (M)</source>
        <translation>左右对调画面 (M)</translation>
    </message>
    <message>
        <source>Heat map</source>
        <translation>热力图</translation>
    </message>
    <message>
        <source>Hold the picture still, and a video where it is (F)</source>
        <translation>定住画面，视频也停在原处 (F)</translation>
    </message>
    <message>
        <source>Explain this frame</source>
        <translation>解释这一帧</translation>
    </message>
    <message>
        <source>Explain</source>
        <translation>解释</translation>
    </message>
    <message>
        <source>Photo before (Left)</source>
        <translation>上一张照片（左箭头）</translation>
    </message>
    <message>
        <source>Stay at this photo</source>
        <translation>停在这张照片</translation>
    </message>
    <message>
        <source>Place in the video</source>
        <translation>视频中的位置</translation>
    </message>
    <message>
        <source>Details</source>
        <translation>详细信息</translation>
    </message>
    <message>
        <source>Stay at this photo (P)</source>
        <translation>停在这张照片（P）</translation>
    </message>
    <message>
        <source>Next photo (Right)</source>
        <translation>下一张照片（右箭头）</translation>
    </message>
</context>
<context>
    <name>StageList</name>
    <message>
        <source>under 1 s</source>
        <translation>不到 1 秒</translation>
    </message>
    <message>
        <source>now</source>
        <translation>现在</translation>
    </message>
    <message>
        <source>done</source>
        <translation>完成</translation>
    </message>
</context>
<context>
    <name>StartPage</name>
    <message>
        <source>Teach an image classifier with your own photos, one class at a time.</source>
        <translation>用自己的照片，一次一个类别地教会图像分类器。</translation>
    </message>
    <message>
        <source>Drop a folder of photos here</source>
        <translation>把照片文件夹拖到这里</translation>
    </message>
    <message>
        <source>A project of its name is made at once. Photos stay where they are.</source>
        <translation>会立即以它的名称创建项目。照片留在原处。</translation>
    </message>
    <message>
        <source>Choose a folder</source>
        <translation>选择文件夹</translation>
    </message>
    <message>
        <source>New project</source>
        <translation>新建项目</translation>
    </message>
    <message>
        <source>Open...</source>
        <translation>打开…</translation>
    </message>
    <message>
        <source>Recent projects</source>
        <translation>最近的项目</translation>
    </message>
</context>
<context>
    <name>StatusStrip</name>
    <message>
        <source>Keep open</source>
        <translation>保持打开</translation>
    </message>
    <message>
        <source>Done again: {what}</source>
        <translation>已重做：{what}</translation>
    </message>
    <message>
        <source>Undone: {what}</source>
        <translation>已撤销：{what}</translation>
    </message>
    <message>
        <source>open for reading only</source>
        <translation>只读</translation>
    </message>
    <message>
        <source>Last training: {devices}</source>
        <translation>上次训练：{devices}</translation>
    </message>
    <message>
        <source>and {n} more</source>
        <translation>另有 {n} 项</translation>
    </message>
</context>
<context>
    <name>SwapDialog</name>
    <message>
        <source>Another exemplar of {name}</source>
        <translation>“{name}”的另一张代表照片</translation>
    </message>
    <message>
        <source>Choose a photo that is to show the class in place of {name}.</source>
        <translation>选择一张照片代替 {name} 来代表该类别。</translation>
    </message>
    <message>
        <source>Swap</source>
        <translation>更换</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
</context>
<context>
    <name>Swapping</name>
    <message>
        <source>{name} has no other photo to learn from.</source>
        <translation>“{name}”没有其他用于学习的照片。</translation>
    </message>
    <message>
        <source>swap an exemplar of</source>
        <translation>更换代表照片：</translation>
    </message>
    <message>
        <source>{name} is no exemplar any more: choose another one</source>
        <translation>{name} 已不再是代表照片：请另选一张</translation>
    </message>
</context>
<context>
    <name>TaskHistory</name>
    <message>
        <source>Learned so far</source>
        <translation>已学习的任务</translation>
    </message>
    <message>
        <source>Task</source>
        <translation>任务</translation>
    </message>
    <message>
        <source>Classes</source>
        <translation>类别</translation>
    </message>
    <message>
        <source>When</source>
        <translation>时间</translation>
    </message>
    <message>
        <source>Right, all classes</source>
        <translation>所有类别中的正确数</translation>
    </message>
    <message>
        <source>Forgotten</source>
        <translation>遗忘</translation>
    </message>
</context>
<context>
    <name>TopBars</name>
    <message>
        <source>Show them</source>
        <translation>显示它们</translation>
    </message>
    <message>
        <source>1 other, {share}</source>
        <translation>其他 1 个，{share}</translation>
    </message>
    <message>
        <source>{n} others, together {share}</source>
        <translation>其他 {n} 个合计：{share}</translation>
    </message>
    <message>
        <source>Compare with {name}</source>
        <translation>与“{name}”比较</translation>
    </message>
</context>
<context>
    <name>TrainPage</name>
    <message>
        <source>Train</source>
        <translation>训练</translation>
    </message>
    <message>
        <source>Stop early</source>
        <translation>提前停止</translation>
    </message>
    <message>
        <source>End the learning now and keep what is learned so far</source>
        <translation>立即结束学习并保留已学到的内容</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
    <message>
        <source>End it and go back to the model as it was</source>
        <translation>结束并回到原来的模型</translation>
    </message>
    <message>
        <source>Nothing to learn yet: add folders of photos first</source>
        <translation>还没有可学习的内容：请先添加照片文件夹</translation>
    </message>
    <message>
        <source>Add photos</source>
        <translation>添加照片</translation>
    </message>
    <message>
        <source>Train {n} tasks</source>
        <translation>训练 {n} 个任务</translation>
    </message>
    <message>
        <source>Undone: {what}. The model is as it was before.</source>
        <translation>已撤销：{what}。模型恢复原样。</translation>
    </message>
    <message>
        <source>Take the last training back: the model as it was before</source>
        <translation>撤回上一次训练：恢复之前的模型</translation>
    </message>
    <message>
        <source>Undo</source>
        <translation>撤销</translation>
    </message>
    <message>
        <source>Go on</source>
        <translation>继续</translation>
    </message>
    <message>
        <source>Learning {task}</source>
        <translation>正在学习 {task}</translation>
    </message>
    <message>
        <source>Undo: {what}</source>
        <translation>撤销：{what}</translation>
    </message>
    <message>
        <source>Undo “{task}”</source>
        <translation>撤销“{task}”</translation>
    </message>
    <message>
        <source>Stopping...</source>
        <translation>正在停止…</translation>
    </message>
    <message>
        <source>Cancelling...</source>
        <translation>正在取消…</translation>
    </message>
    <message>
        <source>Undoing the training</source>
        <translation>正在撤销训练</translation>
    </message>
    <message>
        <source>Not learned: {reason}</source>
        <translation>未学习：{reason}</translation>
    </message>
    <message>
        <source>Not learned. The model is as it was.</source>
        <translation>未学习。模型保持原样。</translation>
    </message>
    <message>
        <source>Cancelled. The model is as it was.</source>
        <translation>已取消。模型保持原样。</translation>
    </message>
</context>
<context>
    <name>TrainingView</name>
    <message>
        <source>Which training of the task</source>
        <translation>该任务的哪次训练</translation>
    </message>
    <message>
        <source>How far the task is</source>
        <translation>任务进度</translation>
    </message>
    <message>
        <source>Results: the photos that became right or wrong</source>
        <translation>结果：变对或变错的照片</translation>
    </message>
    <message>
        <source>See the photos</source>
        <translation>查看照片</translation>
    </message>
    <message>
        <source>Log of the training</source>
        <translation>训练日志</translation>
    </message>
    <message>
        <source>Loss and accuracy</source>
        <translation>损失和准确率</translation>
    </message>
    <message>
        <source>Details</source>
        <translation>详细信息</translation>
    </message>
    <message>
        <source>Learning {task}</source>
        <translation>正在学习 {task}</translation>
    </message>
    <message>
        <source>takes longer than expected</source>
        <translation>比预计用时更长</translation>
    </message>
    <message>
        <source>about {left}</source>
        <translation>约{left}</translation>
    </message>
    <message>
        <source>Cancelling. The model stays as it was.</source>
        <translation>正在取消。模型保持原样。</translation>
    </message>
    <message>
        <source>Stopping early. What is learned so far is kept.</source>
        <translation>正在提前停止。已学到的内容会保留。</translation>
    </message>
    <message>
        <source>Waits for other work to end.</source>
        <translation>等待其他工作结束。</translation>
    </message>
    <message>
        <source>Then: {tasks}</source>
        <translation>随后：{tasks}</translation>
    </message>
    <message>
        <source>How {task} was learned</source>
        <translation>{task} 的学习过程</translation>
    </message>
    <message>
        <source>How known classes of {task} were learned again</source>
        <translation>{task} 的已知类别的重新学习过程</translation>
    </message>
    <message>
        <source>How corrections were learned</source>
        <translation>更正的学习过程</translation>
    </message>
</context>
<context>
    <name>TreeActions</name>
    <message>
        <source>Rename</source>
        <translation>重命名</translation>
    </message>
    <message>
        <source>Show the description</source>
        <translation>显示描述</translation>
    </message>
    <message>
        <source>Merge into</source>
        <translation>合并到</translation>
    </message>
    <message>
        <source>Move to task</source>
        <translation>移到任务</translation>
    </message>
    <message>
        <source>Learn earlier</source>
        <translation>提前学习</translation>
    </message>
    <message>
        <source>Learn later</source>
        <translation>推后学习</translation>
    </message>
    <message>
        <source>Add a task</source>
        <translation>添加任务</translation>
    </message>
    <message>
        <source>Delete</source>
        <translation>删除</translation>
    </message>
    <message>
        <source>Rename {name}</source>
        <translation>重命名 {name}</translation>
    </message>
    <message>
        <source>Delete {name}</source>
        <translation>删除 {name}</translation>
    </message>
    <message>
        <source>Merge {name} into</source>
        <translation>把 {name} 合并到</translation>
    </message>
    <message>
        <source>Move {name} to task</source>
        <translation>把 {name} 移到任务</translation>
    </message>
    <message>
        <source>rename</source>
        <translation>重命名</translation>
    </message>
    <message>
        <source>{old} to {new}</source>
        <translation>{old} 改为 {new}</translation>
    </message>
    <message>
        <source>{name} into {other}</source>
        <translation>{name} 并入 {other}</translation>
    </message>
    <message>
        <source>{name} was merged into {other}.</source>
        <translation>“{name}”已并入“{other}”。</translation>
    </message>
    <message>
        <source>Photos that it has not learned are learned with the next training.</source>
        <translation>尚未学习的照片会在下次训练时学习。</translation>
    </message>
    <message>
        <source>Merging {what}</source>
        <translation>正在合并 {what}</translation>
    </message>
    <message>
        <source>{name} to {task}</source>
        <translation>{name} 移到 {task}</translation>
    </message>
    <message>
        <source>move class</source>
        <translation>移动类别</translation>
    </message>
    <message>
        <source>add task</source>
        <translation>添加任务</translation>
    </message>
    <message>
        <source>{name} is learned</source>
        <translation>{name} 已学习</translation>
    </message>
    <message>
        <source>there is none above {name}</source>
        <translation>{name} 上面没有这样的任务</translation>
    </message>
    <message>
        <source>there is none below {name}</source>
        <translation>{name} 下面没有这样的任务</translation>
    </message>
    <message>
        <source>Only tasks that are not learned yet change places: {why}</source>
        <translation>只有尚未学习的任务可以换位置：{why}</translation>
    </message>
    <message>
        <source>move task</source>
        <translation>移动任务</translation>
    </message>
    <message>
        <source>delete task</source>
        <translation>删除任务</translation>
    </message>
    <message>
        <source>{name} was deleted. Its photo files were not touched.</source>
        <translation>“{name}”已删除。照片文件未受影响。</translation>
    </message>
    <message>
        <source>Forgetting {name}</source>
        <translation>正在遗忘 {name}</translation>
    </message>
</context>
<context>
    <name>UsePage</name>
    <message>
        <source>Choose a folder</source>
        <translation>选择文件夹</translation>
    </message>
    <message>
        <source>Choose photos</source>
        <translation>选择照片</translation>
    </message>
    <message>
        <source>Photos and their predicted classes</source>
        <translation>照片及其识别结果</translation>
    </message>
    <message>
        <source>Finding what is most useful to label</source>
        <translation>正在查找最值得标注的照片</translation>
    </message>
    <message>
        <source>Save CSV</source>
        <translation>保存 CSV</translation>
    </message>
    <message>
        <source>Save JSON lines</source>
        <translation>保存 JSON 行</translation>
    </message>
    <message>
        <source>Sort into folders...</source>
        <translation>整理到文件夹…</translation>
    </message>
    <message>
        <source>Puts those that look alike together, to be named and learned</source>
        <translation>把看起来相像的放在一起，以便命名和学习</translation>
    </message>
    <message>
        <source>Choose a photo to see its answer, and to correct it. Hold Shift or Ctrl to choose several.</source>
        <translation>选择一张照片以查看并更正其答案。按住 Shift 或 Ctrl 可选择多张。</translation>
    </message>
    <message>
        <source>Answer together</source>
        <translation>一起识别</translation>
    </message>
    <message>
        <source>The photos help each other. What it changed is marked; what was learned stays as it is</source>
        <translation>照片互相帮助识别。有变化的会标出；已学到的内容保持不变</translation>
    </message>
    <message>
        <source>Nothing is learned yet</source>
        <translation>还没有学到任何东西</translation>
    </message>
    <message>
        <source>Go to Train</source>
        <translation>前往训练</translation>
    </message>
    <message>
        <source>Once it is, drop photos or folders here, thousands of them if you like, to have each named.</source>
        <translation>学习之后，把照片或文件夹拖到这里，即使有成千上万张，也会逐一识别。</translation>
    </message>
    <message>
        <source>{name}: none of these</source>
        <translation>{name}：都不是</translation>
    </message>
    <message>
        <source>{name}: set aside</source>
        <translation>{name}：已搁置</translation>
    </message>
    <message>
        <source>Undo</source>
        <translation>撤销</translation>
    </message>
    <message>
        <source>Sort what is none of these ({n})</source>
        <translation>归类“都不是”的照片（{n}）</translation>
    </message>
    <message>
        <source>These answers are of what was learned before</source>
        <translation>这些结果来自之前学到的内容</translation>
    </message>
    <message>
        <source>Recognise again</source>
        <translation>重新识别</translation>
    </message>
    <message>
        <source>Drop photos or folders here</source>
        <translation>把照片或文件夹拖到这里</translation>
    </message>
    <message>
        <source>For Lightroom, digiKam, Immich and others: into a file beside each photo</source>
        <translation>供 Lightroom、digiKam、Immich 等使用：写入每张照片旁边的文件</translation>
    </message>
    <message>
        <source>Write keywords...</source>
        <translation>写入关键字…</translation>
    </message>
    <message>
        <source>Puts the photos that were moved into folders back where they were</source>
        <translation>把移入文件夹的照片放回原处</translation>
    </message>
    <message>
        <source>Undo the move</source>
        <translation>撤销移动</translation>
    </message>
    <message>
        <source>One answer a burst</source>
        <translation>每组连拍一个回答</translation>
    </message>
    <message>
        <source>Photos of a folder that were taken one right after the other are one row, which opens</source>
        <translation>同一文件夹中相继拍摄的照片为一行，可展开</translation>
    </message>
    <message>
        <source>Watch this folder</source>
        <translation>监视此文件夹</translation>
    </message>
    <message>
        <source>New photos in it are named as they come, as long as the project is open</source>
        <translation>只要项目打开，其中的新照片会陆续命名</translation>
    </message>
    <message>
        <source>What you said of {photos} on the page Use is in no table yet.</source>
        <translation>您在“使用”页对{photos}的说明还没有保存到任何表格。</translation>
    </message>
    <message>
        <source>Each photo gets the name of a class: too little is learned to tell “none of these”.</source>
        <translation>每张照片都会得到一个类别的名称：学到的还太少，无法判断“都不是”。</translation>
    </message>
    <message>
        <source>Photos of other things may get a wrong name. Without test photos nobody knows how often.</source>
        <translation>其他事物的照片可能会得到错误的名称。没有测试照片，就不知道有多常发生。</translation>
    </message>
    <message>
        <source>Photos of similar things may get a wrong name: when each class was left out in turn, {n} of {all} test photos were none of these.</source>
        <translation>相似事物的照片可能会得到错误的名称：依次去掉每个类别时，{all} 张测试照片中有 {n} 张被判为“都不是”。</translation>
    </message>
    <message>
        <source>Each photo is named, also in folders within folders. Then save the answers as a table, or sort the photos into a folder for each class. Nothing leaves this computer.</source>
        <translation>每张照片都会得到识别，子文件夹中的也包括在内。之后可以把结果保存为表格，或把照片整理到各类别的文件夹。任何内容都不会离开这台电脑。</translation>
    </message>
    <message>
        <source>Close the burst</source>
        <translation>收起连拍</translation>
    </message>
    <message>
        <source>Show the photos of the burst</source>
        <translation>显示连拍的照片</translation>
    </message>
    <message>
        <source>Something was learned since this was answered: recognise it again, or say what it is.</source>
        <translation>回答之后又学习了新内容：请重新识别，或直接说明它是什么。</translation>
    </message>
    <message>
        <source>Correcting photos</source>
        <translation>正在更正照片</translation>
    </message>
    <message>
        <source>No photo of {name} can be read: {reason}</source>
        <translation>{name} 中没有可以读取的照片：{reason}</translation>
    </message>
    <message>
        <source>Left out: {n} ({path}: {reason})</source>
        <translation>略过：{n} 项（{path}：{reason}）</translation>
    </message>
    <message>
        <source>The model or the app has changed since these photos were answered: {name}, {photos}</source>
        <translation>回答这些照片之后模型或应用有了变化：{name}，{photos}</translation>
    </message>
    <message>
        <source>The answers of last time are kept: {name}, {photos}</source>
        <translation>上次的回答还在：{name}，{photos}</translation>
    </message>
    <message>
        <source>Show them</source>
        <translation>显示它们</translation>
    </message>
    <message>
        <source>{name} was not finished: {done} of {all} photos have answers</source>
        <translation>{name} 尚未完成：{all} 张照片中已识别 {done} 张</translation>
    </message>
    <message>
        <source>To be learned: {photos}.</source>
        <translation>待学习：{photos}。</translation>
    </message>
    <message>
        <source>Go on</source>
        <translation>继续</translation>
    </message>
    <message>
        <source>Choose a folder of photos</source>
        <translation>选择照片文件夹</translation>
    </message>
    <message>
        <source>Photos ({patterns})</source>
        <translation>照片 ({patterns})</translation>
    </message>
</context>
<context>
    <name>VersionActions</name>
    <message>
        <source>{name} becomes what it was on {when}.</source>
        <translation>{name} 将回到 {when} 时的样子。</translation>
    </message>
    <message>
        <source>Bring this version back?</source>
        <translation>恢复这个版本？</translation>
    </message>
    <message>
        <source>Bring back</source>
        <translation>恢复</translation>
    </message>
    <message>
        <source>What is there now is kept as a version, and can be brought back as well.</source>
        <translation>现在的内容会作为一个版本保留，以后也可以恢复。</translation>
    </message>
    <message>
        <source>{name} recovered</source>
        <translation>{name}（抢救）</translation>
    </message>
    <message>
        <source>That version is not kept any more: choose another</source>
        <translation>该版本已不再保存：请选择另一个</translation>
    </message>
    <message>
        <source>Bringing an earlier version back</source>
        <translation>正在恢复早先的版本</translation>
    </message>
    <message>
        <source>Saving what can be read</source>
        <translation>正在保存完好的内容</translation>
    </message>
    <message>
        <source>The version of {when} is back. What was there before is kept as a version.</source>
        <translation>已恢复 {when} 的版本。之前的内容已作为一个版本保留。</translation>
    </message>
    <message>
        <source>Earlier versions...</source>
        <translation>早先的版本…</translation>
    </message>
    <message>
        <source>What could be read of {old} was saved in {new}, which is open now. {old} stays as it is.</source>
        <translation>{old} 中完好的内容已存入 {new}，现已打开。{old} 保持原样。</translation>
    </message>
    <message>
        <source>What was saved</source>
        <translation>保存了什么</translation>
    </message>
</context>
<context>
    <name>ViewBar</name>
    <message>
        <source>Which photos</source>
        <translation>显示哪些照片</translation>
    </message>
    <message>
        <source>Order</source>
        <translation>排序</translation>
    </message>
    <message>
        <source>Search names and photos</source>
        <translation>搜索名称和照片</translation>
    </message>
    <message>
        <source>As found</source>
        <translation>按找到的顺序</translation>
    </message>
    <message>
        <source>Unsure first</source>
        <translation>不确定的在前</translation>
    </message>
    <message>
        <source>Most useful to label</source>
        <translation>最值得标注的在前</translation>
    </message>
    <message>
        <source>Sure first</source>
        <translation>确定的在前</translation>
    </message>
    <message>
        <source>By name</source>
        <translation>按名称</translation>
    </message>
    <message>
        <source>All</source>
        <translation>全部</translation>
    </message>
    <message>
        <source>Changed</source>
        <translation>已改变</translation>
    </message>
    <message>
        <source>None of these</source>
        <translation>都不是</translation>
    </message>
    <message>
        <source>Cannot be read</source>
        <translation>无法读取</translation>
    </message>
</context>
<context>
    <name>Viewer</name>
    <message>
        <source>Heat map</source>
        <translation>热力图</translation>
    </message>
    <message>
        <source>Colour the parts that supported the class (H)</source>
        <translation>给支持该类别的部分着色 (H)</translation>
    </message>
    <message>
        <source>Opacity of the overlay</source>
        <translation>叠加层不透明度</translation>
    </message>
    <message>
        <source>How strongly the overlay covers the photo</source>
        <translation>叠加层遮盖照片的程度</translation>
    </message>
    <message>
        <source>Show the grid of patches</source>
        <translation>显示小块网格</translation>
    </message>
    <message>
        <source>Show the grid of patches: the pieces of the photo that the model compares</source>
        <translation>显示小块网格：模型所比较的照片小块</translation>
    </message>
    <message>
        <source>Show the photo large</source>
        <translation>放大显示照片</translation>
    </message>
    <message>
        <source>Show the photo large (double-click)</source>
        <translation>放大显示照片（双击）</translation>
    </message>
</context>
<context>
    <name>WhatIsThis</name>
    <message>
        <source>What is this: {figure}?</source>
        <translation>这是什么：{figure}？</translation>
    </message>
</context>
<context>
    <name>WordSearch</name>
    <message>
        <source>Preparing photos to be searched</source>
        <translation>正在准备照片以供搜索</translation>
    </message>
    <message>
        <source>This project&apos;s backbone reads no words: only names are found</source>
        <translation>此项目的骨干网络不读文字：只能查找名称</translation>
    </message>
    <message>
        <source>Names are found as you type. Enter looks for English words in what photos show</source>
        <translation>输入时查找名称。按回车键可按英文词语搜索照片内容</translation>
    </message>
    <message>
        <source>Looking at the photos...</source>
        <translation>正在查看照片…</translation>
    </message>
    <message>
        <source>Photos by what they show, the nearest to “{words}” first</source>
        <translation>按照片内容排列，最接近“{words}”的在前</translation>
    </message>
    <message>
        <source>No photo shows “{words}” for sure: the nearest first</source>
        <translation>没有照片确定显示“{words}”：最接近的在前</translation>
    </message>
</context>
<context>
    <name>WorkRow</name>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
    <message>
        <source>Cancelling: {title}</source>
        <translation>正在取消：{title}</translation>
    </message>
    <message>
        <source>{title} (waiting)</source>
        <translation>{title}（等待中）</translation>
    </message>
    <message>
        <source>{stage} {done} of {total}</source>
        <translation>{stage} {done} / {total}</translation>
    </message>
    <message>
        <source>{title}: {step}</source>
        <translation>{title}：{step}</translation>
    </message>
    <message>
        <source>Cancel: {title}</source>
        <translation>取消：{title}</translation>
    </message>
</context>
<context>
    <name>WorthALookCard</name>
    <message>
        <source>Finds labels that may be wrong, unsure photos and near-duplicates</source>
        <translation>找出可能有误的标签、没有把握的照片和近似重复的照片</translation>
    </message>
    <message>
        <source>Worth a look</source>
        <translation>值得一看</translation>
    </message>
    <message>
        <source>Look through the photos</source>
        <translation>检查这些照片</translation>
    </message>
</context>
<context>
    <name>WorthALookRow</name>
    <message>
        <source>Test photos it was not sure of, the least sure first: {n}</source>
        <translation>没有把握的测试照片，最没有把握的在前：{n}</translation>
    </message>
    <message>
        <source>Test photos, each before the one to learn from that is all but the same: {n}</source>
        <translation>测试照片，其后是与之几乎相同的学习用照片：{n}</translation>
    </message>
</context>
<context>
    <name>WriterPicker</name>
    <message>
        <source>Keep this project&apos;s photos on this computer</source>
        <translation>此项目的照片保留在本机</translation>
    </message>
    <message>
        <source>Nothing of this project is sent to a service, whoever asks</source>
        <translation>无论谁要求，此项目的任何内容都不会发送给服务</translation>
    </message>
    <message>
        <source>Offline (photos stay here)</source>
        <translation>离线（照片留在本机）</translation>
    </message>
    <message>
        <source>Who writes the descriptions, and in which language</source>
        <translation>由谁撰写描述，以及使用哪种语言</translation>
    </message>
    <message>
        <source>Most backbones read English best; the offline writer knows English only</source>
        <translation>多数骨干网络最擅长英语；离线撰写者只会英语</translation>
    </message>
    <message>
        <source>Another language ({name})...</source>
        <translation>其他语言（{name}）…</translation>
    </message>
    <message>
        <source>Another language...</source>
        <translation>其他语言…</translation>
    </message>
    <message>
        <source>{model} (sends {photos} a class to {host})</source>
        <translation>{model}（每个类别向 {host} 发送 {photos}）</translation>
    </message>
    <message>
        <source>You are asked before anything is sent, with the address and the cost</source>
        <translation>发送前会询问你，并说明地址和费用</translation>
    </message>
    <message>
        <source>Offline</source>
        <translation>离线</translation>
    </message>
    <message>
        <source>Writer: {name}</source>
        <translation>撰写者：{name}</translation>
    </message>
    <message>
        <source>Sends photos to {host}</source>
        <translation>会向 {host} 发送照片</translation>
    </message>
    <message>
        <source>Its tag, such as sv, ko or pt-PT</source>
        <translation>语言标签，例如 sv、ko 或 pt-PT</translation>
    </message>
    <message>
        <source>Another language</source>
        <translation>其他语言</translation>
    </message>
    <message>
        <source>This project&apos;s photos stay here</source>
        <translation>此项目的照片留在本机</translation>
    </message>
    <message>
        <source>Stays on this computer</source>
        <translation>留在这台电脑</translation>
    </message>
</context>
<context>
    <name>WriterSettings</name>
    <message>
        <source>Offline (photos stay here)</source>
        <translation>离线（照片留在本机）</translation>
    </message>
    <message>
        <source>GPT (sends a few small photos away)</source>
        <translation>GPT（会发送几张小照片）</translation>
    </message>
    <message>
        <source>Writer</source>
        <translation>撰写者</translation>
    </message>
    <message>
        <source>Address of the service</source>
        <translation>服务地址</translation>
    </message>
    <message>
        <source>Model</source>
        <translation>模型</translation>
    </message>
    <message>
        <source>Send without encryption</source>
        <translation>不加密发送</translation>
    </message>
    <message>
        <source>Photos and key can be read on the way. Holds for this address only.</source>
        <translation>照片和密钥在途中可能被读取。仅对此地址生效。</translation>
    </message>
    <message>
        <source>Effort</source>
        <translation>思考程度</translation>
    </message>
    <message>
        <source>How long a reasoning model thinks before it answers: longer costs more</source>
        <translation>推理模型在回答前思考多久：越久费用越高</translation>
    </message>
    <message>
        <source>As the model likes</source>
        <translation>由模型决定</translation>
    </message>
    <message>
        <source>Minimal</source>
        <translation>极低</translation>
    </message>
    <message>
        <source>Low</source>
        <translation>低</translation>
    </message>
    <message>
        <source>Medium</source>
        <translation>中</translation>
    </message>
    <message>
        <source>High</source>
        <translation>高</translation>
    </message>
    <message>
        <source>Classes at once</source>
        <translation>同时描述的类别数</translation>
    </message>
    <message>
        <source>Paste a key</source>
        <translation>粘贴密钥</translation>
    </message>
    <message>
        <source>Save</source>
        <translation>保存</translation>
    </message>
    <message>
        <source>Save the key</source>
        <translation>保存密钥</translation>
    </message>
    <message>
        <source>Forget</source>
        <translation>清除</translation>
    </message>
    <message>
        <source>Forget the key</source>
        <translation>清除密钥</translation>
    </message>
    <message>
        <source>OPENAI_BASE_URL is set and comes first: {address}</source>
        <translation>已设置 OPENAI_BASE_URL，优先使用：{address}</translation>
    </message>
    <message>
        <source>the environment variable OPENAI_API_KEY</source>
        <translation>环境变量 OPENAI_API_KEY</translation>
    </message>
    <message>
        <source>the system&apos;s keyring</source>
        <translation>系统密钥环</translation>
    </message>
    <message>
        <source>the app&apos;s memory, until it is closed</source>
        <translation>本应用的内存（关闭应用前有效）</translation>
    </message>
    <message>
        <source>A key is kept in {place}.</source>
        <translation>密钥保存在：{place}。</translation>
    </message>
    <message>
        <source>There is no key yet.</source>
        <translation>还没有密钥。</translation>
    </message>
    <message>
        <source>Key</source>
        <translation>密钥</translation>
    </message>
    <message>
        <source>Test</source>
        <translation>测试</translation>
    </message>
    <message>
        <source>Asks the service for its models. No photo is sent.</source>
        <translation>向服务查询可用模型。不发送照片。</translation>
    </message>
    <message>
        <source>Address</source>
        <translation>地址</translation>
    </message>
    <message>
        <source>Asking...</source>
        <translation>正在询问…</translation>
    </message>
    <message>
        <source>It works: {model} is there.</source>
        <translation>可以使用：{model} 可用。</translation>
    </message>
    <message>
        <source>The service answers, but has no model {model}.</source>
        <translation>服务有回应，但没有模型 {model}。</translation>
    </message>
</context>
<context>
    <name>Writing</name>
    <message>
        <source>Describing</source>
        <translation>正在描述</translation>
    </message>
    <message>
        <source>Your own sentence was kept.</source>
        <translation>保留了你自己写的句子。</translation>
    </message>
    <message>
        <source>Replace my words</source>
        <translation>替换我写的文字</translation>
    </message>
    <message>
        <source>The writer gave the same text again.</source>
        <translation>撰写者给出了相同的文字。</translation>
    </message>
    <message>
        <source>{n} of {all} classes were described; of {names} nothing is known for sure.</source>
        <translation>{all} 个类别中已描述 {n} 个；关于 {names} 没有确知的内容。</translation>
    </message>
    <message>
        <source>Of {names} nothing is known for sure.</source>
        <translation>关于 {names} 没有确知的内容。</translation>
    </message>
    <message>
        <source>1 class was described.</source>
        <translation>已描述 1 个类别。</translation>
    </message>
    <message>
        <source>{n} classes were described.</source>
        <translation>已描述 {n} 个类别。</translation>
    </message>
    <message>
        <source>Your own text of {names} was kept.</source>
        <translation>保留了你为 {names} 写的文字。</translation>
    </message>
    <message>
        <source>{n} failed: {name}: {reason}</source>
        <translation>{n} 个失败：{name}：{reason}</translation>
    </message>
    <message>
        <source>Cancelled. Texts that had come by then are kept.</source>
        <translation>已取消。此前收到的文字会保留。</translation>
    </message>
    <message>
        <source>Cancelled. The descriptions are as they were.</source>
        <translation>已取消。描述保持原样。</translation>
    </message>
    <message>
        <source>Write offline</source>
        <translation>离线撰写</translation>
    </message>
</context>
<context>
    <name>_Item</name>
    <message>
        <source>Take back: {what}</source>
        <translation>收回：{what}</translation>
    </message>
    <message>
        <source>Take this correction back</source>
        <translation>收回这项更正</translation>
    </message>
</context>
<context>
    <name>_TargetMenu</name>
    <message>
        <source>Search</source>
        <translation>搜索</translation>
    </message>
</context>
<context>
    <name>advice</name>
    <message>
        <source>No photo to learn from: {names}. Add photos, or delete what has none: it cannot be learned.</source>
        <translation>没有可供学习的照片：{names}。请添加照片，或删除没有照片的类别：它无法学习。</translation>
    </message>
    <message>
        <source>There is only one class, and nothing to tell {names} from. Add at least one more class.</source>
        <translation>只有一个类别，“{names}”没有可以区分的对象。请至少再添加一个类别。</translation>
    </message>
    <message>
        <source>Only one photo to learn from: {names}. One photo cannot tell the thing from its background. Add photos from other sides and in other places, {few} or more of each.</source>
        <translation>只有一张可供学习的照片：{names}。仅凭一张照片分不清物体和背景。请添加从其他角度、在其他地方拍的照片，每类至少 {few} 张。</translation>
    </message>
    <message>
        <source>Fewer than {few} photos to learn from: {names}. With more photos these are recognised more surely.</source>
        <translation>可供学习的照片不足 {few} 张：{names}。照片越多，识别越有把握。</translation>
    </message>
    <message>
        <source>There are no test photos, so nobody can tell how often it is right. Hold back a few photos of each class to test with.</source>
        <translation>没有测试照片，因此无法知道答对的比例。请从每个类别留出几张照片用于测试。</translation>
    </message>
    <message>
        <source>No test photo: {names}. How often these are recognised is not known. Hold back a few photos of each to test with.</source>
        <translation>没有测试照片：{names}。无法知道它们被认出的比例。请各留出几张照片用于测试。</translation>
    </message>
    <message>
        <source>{large} has {times} times as many photos as {small} ({most} and {fewest}). Classes with few photos are often recognised less well. Add photos of: {names}.</source>
        <translation>“{large}”的照片是“{small}”的 {times} 倍（{most} 张和 {fewest} 张）。照片少的类别往往识别得较差。请添加照片：{names}。</translation>
    </message>
</context>
<context>
    <name>backbones</name>
    <message>
        <source>several, see the model card</source>
        <translation>多种，见模型卡</translation>
    </message>
</context>
<context>
    <name>context</name>
    <message>
        <source>Classes</source>
        <translation>类别</translation>
    </message>
    <message>
        <source>Explain</source>
        <translation>解释</translation>
    </message>
    <message>
        <source>Results</source>
        <translation>结果</translation>
    </message>
    <message>
        <source>Train</source>
        <translation>训练</translation>
    </message>
    <message>
        <source>Live</source>
        <translation>实时</translation>
    </message>
    <message>
        <source>Descriptions</source>
        <translation>描述</translation>
    </message>
    <message>
        <source>Use</source>
        <translation>使用</translation>
    </message>
    <message>
        <source>Sort</source>
        <translation>归类</translation>
    </message>
</context>
<context>
    <name>corrections</name>
    <message>
        <source>set aside</source>
        <translation>搁置</translation>
    </message>
    <message>
        <source>none of these</source>
        <translation>都不是</translation>
    </message>
    <message>
        <source>1 correction</source>
        <translation>1 项更正</translation>
    </message>
    <message>
        <source>{n} corrections</source>
        <translation>{n} 项更正</translation>
    </message>
    <message>
        <source>{right} of 1 is correct (before: {before})</source>
        <translation>1 张中现在答对 {right} 张（之前：{before} 张）</translation>
    </message>
    <message>
        <source>{right} of {n} are correct (before: {before})</source>
        <translation>{n} 张中现在答对 {right} 张（之前：{before} 张）</translation>
    </message>
    <message>
        <source>1 photo was corrected</source>
        <translation>已更正 1 张照片</translation>
    </message>
    <message>
        <source>{n} photos were corrected</source>
        <translation>已更正 {n} 张照片</translation>
    </message>
    <message>
        <source>learned {names}</source>
        <translation>已学习 {names}</translation>
    </message>
    <message>
        <source>not learned yet: {names}</source>
        <translation>尚未学习：{names}</translation>
    </message>
    <message>
        <source>there was no other photo to check on</source>
        <translation>没有其他照片可供检验</translation>
    </message>
    <message>
        <source>{n} became wrong</source>
        <translation>{n} 张变错</translation>
    </message>
    <message>
        <source>{n} became none of these</source>
        <translation>{n} 张变为“都不是”</translation>
    </message>
    <message>
        <source>{n} became right</source>
        <translation>{n} 张变对</translation>
    </message>
    <message>
        <source>{n} wrong in another way</source>
        <translation>{n} 张错法不同</translation>
    </message>
    <message>
        <source>none of {all} test and learned photos changed</source>
        <translation>{all} 张测试和已学习的照片都没有变化</translation>
    </message>
    <message>
        <source>of {all} test and learned photos {changes}</source>
        <translation>{all} 张测试和已学习的照片中，{changes}</translation>
    </message>
    <message>
        <source>{name}: {n} of {all} became wrong</source>
        <translation>{name}：{all} 张中 {n} 张变为错误</translation>
    </message>
    <message>
        <source>{name}: {n} of {all} became none of these</source>
        <translation>{name}：{all} 张中 {n} 张变为“都不是”</translation>
    </message>
    <message>
        <source>{name}: {n} of {all} became right</source>
        <translation>{name}：{all} 张中 {n} 张变为正确</translation>
    </message>
    <message>
        <source>{name}: {n} of {all} wrong in another way</source>
        <translation>{name}：{all} 张中 {n} 张换成了另一种错误</translation>
    </message>
    <message>
        <source>Corrected photos with the class they have now: {n}, of them test photos: {tests}. The others were learned, so that they are right is to be expected. What else changed is counted on photos that nobody corrected: {others} test photos, and {learned} photos that were learned.</source>
        <translation>按现在的类别计，已更正的照片：{n} 张，其中测试照片：{tests} 张。其余已用于学习，因此答对在意料之中。其他变化按未被更正的照片计：{others} 张测试照片和 {learned} 张已学习的照片。</translation>
    </message>
</context>
<context>
    <name>decided</name>
    <message>
        <source>whole photo</source>
        <translation>整张照片</translation>
    </message>
    <message>
        <source>How near the photo as a whole lies to what was learned of the classes</source>
        <translation>整张照片与所学类别有多接近</translation>
    </message>
    <message>
        <source>surface</source>
        <translation>表面</translation>
    </message>
    <message>
        <source>How near its textures, prints and patterns lie to those of the classes</source>
        <translation>照片的纹理、印刷和图案与各类别的有多接近</translation>
    </message>
    <message>
        <source>parts</source>
        <translation>局部</translation>
    </message>
    <message>
        <source>What the selected patches say by themselves</source>
        <translation>选出的小块本身说明什么</translation>
    </message>
    <message>
        <source>words</source>
        <translation>词语</translation>
    </message>
    <message>
        <source>How well the photo and its patches fit the description of the class and its phrases</source>
        <translation>照片及其小块与类别的描述和短语有多契合</translation>
    </message>
    <message>
        <source>the whole photo</source>
        <translation>整张照片</translation>
    </message>
    <message>
        <source>its surface</source>
        <translation>表面</translation>
    </message>
    <message>
        <source>its parts</source>
        <translation>局部</translation>
    </message>
    <message>
        <source>{one} and {other}</source>
        <translation>{one}和{other}</translation>
    </message>
    <message>
        <source>Mostly by {first}, then by {second}.</source>
        <translation>主要由{first}决定，其次是{second}。</translation>
    </message>
    <message>
        <source>By {first}.</source>
        <translation>由{first}决定。</translation>
    </message>
    <message>
        <source>Against it: {names}.</source>
        <translation>反对它的：{names}。</translation>
    </message>
    <message>
        <source>Words hardly counted.</source>
        <translation>词语几乎没有作用。</translation>
    </message>
    <message>
        <source>hardly counted</source>
        <translation>几乎没有作用</translation>
    </message>
    <message>
        <source>a little for</source>
        <translation>略微支持</translation>
    </message>
    <message>
        <source>a little against</source>
        <translation>略微反对</translation>
    </message>
    <message>
        <source>strongly for</source>
        <translation>强烈支持</translation>
    </message>
    <message>
        <source>strongly against</source>
        <translation>强烈反对</translation>
    </message>
</context>
<context>
    <name>devices</name>
    <message>
        <source>photos encoded on {encoder}, learned on {learner}</source>
        <translation>照片在 {encoder} 上编码，在 {learner} 上学习</translation>
    </message>
</context>
<context>
    <name>dialogs</name>
    <message>
        <source>Folder:</source>
        <translation>文件夹：</translation>
    </message>
    <message>
        <source>Open a project</source>
        <translation>打开项目</translation>
    </message>
    <message>
        <source>Projects (*.spa)</source>
        <translation>项目 (*.spa)</translation>
    </message>
    <message>
        <source>New project</source>
        <translation>新建项目</translation>
    </message>
</context>
<context>
    <name>errors</name>
    <message>
        <source>it is a link: copy it instead</source>
        <translation>它是链接：请改用复制</translation>
    </message>
    <message>
        <source>it lies elsewhere, where a link leads to: copy it instead</source>
        <translation>它位于链接所指的别处：请改用复制</translation>
    </message>
    <message>
        <source>its folder cannot be written: copy it instead</source>
        <translation>其文件夹不可写入：请改用复制</translation>
    </message>
    <message>
        <source>it was there before its photo, and may be of an earlier one of that name</source>
        <translation>它先于照片存在，可能属于此前的同名照片</translation>
    </message>
    <message>
        <source>its boxes have several answers</source>
        <translation>其中各个框的答案不同</translation>
    </message>
    <message>
        <source>The photos in {path} are gone, and nothing was done: connect the disk, or put it back, and do the same again</source>
        <translation>{path} 中的照片不见了，没有做任何更改：请接上磁盘或放回照片，再做一次</translation>
    </message>
    <message>
        <source>{path} is gone, and nothing was done: connect the disk, or put it back, and do the same again</source>
        <translation>{path} 不见了，没有做任何更改：请接上磁盘或把它放回，再做一次</translation>
    </message>
    <message>
        <source>{path} lies in {source}, where the photos come from: choose a folder elsewhere</source>
        <translation>{path} 位于照片来源 {source} 之中：请选择别处的文件夹</translation>
    </message>
    <message>
        <source>{source} lies in {path}: choose a folder that holds none of the photos</source>
        <translation>{source} 位于 {path} 之中：请选择不含这些照片的文件夹</translation>
    </message>
    <message>
        <source>{path} is not a folder: choose another</source>
        <translation>{path} 不是文件夹：请另选一个</translation>
    </message>
    <message>
        <source>{path} is not empty: choose an empty folder, or a new one</source>
        <translation>{path} 不是空的：请选择空文件夹或新文件夹</translation>
    </message>
    <message>
        <source>Another run is sorting photos into {target}, or back: wait until it has ended</source>
        <translation>另一个操作正在把照片整理到 {target} 或移回：请等它结束</translation>
    </message>
    <message>
        <source>{path} {reason}: what was done to these photos cannot be gone on with</source>
        <translation>{path} {reason}：无法继续对这些照片的操作</translation>
    </message>
    <message>
        <source>{path} is damaged: what was sorted into {target} cannot be gone on with</source>
        <translation>{path} 已损坏：无法继续整理到 {target} 的操作</translation>
    </message>
    <message>
        <source>{target} holds photos of another sort: choose an empty folder, or give the same photos</source>
        <translation>{target} 中有另一次整理的照片：请选择空文件夹，或给出相同的照片</translation>
    </message>
    <message>
        <source>There is nothing to move back from {target}, nor a sorting to go on with</source>
        <translation>{target} 中没有可移回的照片，也没有可继续的整理</translation>
    </message>
    <message>
        <source>The photos in {target} are copies: delete the folder if you do not want them</source>
        <translation>{target} 中的照片是副本：如果不需要，请删除该文件夹</translation>
    </message>
    <message>
        <source>there is another {name} in {folder}</source>
        <translation>{folder} 中已有另一个 {name}</translation>
    </message>
    <message>
        <source>{path} cannot be read: {reason}</source>
        <translation>无法读取 {path}：{reason}</translation>
    </message>
    <message>
        <source>{path} has a line that is no answer: give another name</source>
        <translation>{path} 中有一行不是回答：请另取一个名称</translation>
    </message>
    <message>
        <source>{path} cannot be written: check the permissions of {folder}</source>
        <translation>无法写入 {path}：请检查 {folder} 的权限</translation>
    </message>
    <message>
        <source>{path} has no room: the photos have {size} MB, and {free} MB are free, of which {spare} MB are left free. Make room, or choose another disk</source>
        <translation>{path} 空间不足：照片共 {size} MB，可用 {free} MB，其中 {spare} MB 须留空。请腾出空间，或选择其他磁盘</translation>
    </message>
    <message>
        <source>{path} was changed meanwhile: begin again</source>
        <translation>{path} 在此期间有了更改：请重新开始</translation>
    </message>
    <message>
        <source>There is no photo and no folder {path}: check the name</source>
        <translation>没有照片或文件夹 {path}：请检查名称</translation>
    </message>
    <message>
        <source>There is no photo in {path}{why}: give a folder of photos</source>
        <translation>{path} 中没有照片{why}：请给出一个照片文件夹</translation>
    </message>
    <message>
        <source>Skipped: {path}: {reason}</source>
        <translation>已跳过：{path}：{reason}</translation>
    </message>
    <message>
        <source>{path} cannot be made: {reason}. Choose another folder</source>
        <translation>无法创建 {path}：{reason}。请选择其他文件夹</translation>
    </message>
    <message>
        <source>{path} cannot be written: {reason}. Nothing of it was kept</source>
        <translation>无法写入 {path}：{reason}。没有保留任何内容</translation>
    </message>
    <message>
        <source>{path} cannot be written: {reason}. Nothing of it was kept, and what was there is in {old}</source>
        <translation>无法写入 {path}：{reason}。没有保留任何内容，原有内容在 {old} 中</translation>
    </message>
    <message>
        <source>What came into {path} meanwhile was moved to {old}</source>
        <translation>期间放入 {path} 的内容已移到 {old}</translation>
    </message>
    <message>
        <source>{path} is a file or a link: give a new folder</source>
        <translation>{path} 是文件或链接：请给出一个新文件夹</translation>
    </message>
    <message>
        <source>{path} cannot be read: {reason}. Choose another folder</source>
        <translation>无法读取 {path}：{reason}。请选择其他文件夹</translation>
    </message>
    <message>
        <source>{path} is not empty and no earlier export: give a new folder</source>
        <translation>{path} 不是空的，也不是以前的导出：请给出一个新文件夹</translation>
    </message>
    <message>
        <source>{path} holds an earlier export</source>
        <translation>{path} 中有以前的导出</translation>
    </message>
    <message>
        <source>{path} holds {name}, which no export wrote: move it away, or give a new folder</source>
        <translation>{path} 中有 {name}，它不是导出写的：请移走它，或给出一个新文件夹</translation>
    </message>
    <message>
        <source>The exported model does not answer as the app does, so it was not written</source>
        <translation>导出的模型与应用的回答不一致，因此没有写入</translation>
    </message>
    <message>
        <source>The exported model cannot be run, so it was not written: {reason}</source>
        <translation>导出的模型无法运行，因此没有写入：{reason}</translation>
    </message>
    <message>
        <source>{path} cannot be written: {reason}</source>
        <translation>无法写入 {path}：{reason}</translation>
    </message>
    <message>
        <source>{path} cannot be written: {reason}. Give another name</source>
        <translation>无法写入 {path}：{reason}。请另取一个名称</translation>
    </message>
    <message>
        <source>it is larger than {size}</source>
        <translation>大于 {size}</translation>
    </message>
    <message>
        <source>{path} cannot be written as a folder: {reason}</source>
        <translation>无法创建或写入文件夹 {path}：{reason}</translation>
    </message>
    <message>
        <source>the disk is full</source>
        <translation>磁盘已满</translation>
    </message>
    <message>
        <source>it is a project or another database</source>
        <translation>它是项目或其他数据库</translation>
    </message>
    <message>
        <source>it is a photo that is read</source>
        <translation>它是正在读取的照片</translation>
    </message>
    <message>
        <source>it is there, and was not made by this app</source>
        <translation>它已存在，且不是由本程序生成</translation>
    </message>
    <message>
        <source>it is a folder</source>
        <translation>它是文件夹</translation>
    </message>
    <message>
        <source>it is no plain file</source>
        <translation>它不是普通文件</translation>
    </message>
    <message>
        <source>it is not a photo</source>
        <translation>不是照片</translation>
    </message>
    <message>
        <source>PDF and SVG are not read: save the pages as PNG or JPEG</source>
        <translation>不读取 PDF 和 SVG：请将页面保存为 PNG 或 JPEG</translation>
    </message>
    <message>
        <source>its name has no ending: add .jpg, or that of its kind, if it is a photo</source>
        <translation>文件名没有扩展名：若是照片，请加上 .jpg 或相应的扩展名</translation>
    </message>
    <message>
        <source>the folder is hidden: its name begins with a dot</source>
        <translation>该文件夹是隐藏的：名称以点开头</translation>
    </message>
    <message>
        <source>the folder is empty</source>
        <translation>该文件夹是空的</translation>
    </message>
    <message>
        <source>this folder was read already</source>
        <translation>该文件夹已经读过</translation>
    </message>
    <message>
        <source>the class has this photo already</source>
        <translation>该类别已有这张照片</translation>
    </message>
    <message>
        <source>it is the same photo as {name}</source>
        <translation>与 {name} 是同一张照片</translation>
    </message>
    <message>
        <source>it lies beside the folders of classes</source>
        <translation>它在各类别文件夹之外</translation>
    </message>
    <message>
        <source>All of these photos are in the project already: nothing was added</source>
        <translation>这些照片都已在项目中：没有添加任何内容</translation>
    </message>
    <message>
        <source>{path} is not on this computer: copy the folder here, or give the share a drive letter</source>
        <translation>{path} 不在这台计算机上：请把文件夹复制到这里，或为共享分配驱动器号</translation>
    </message>
    <message>
        <source>The name {path} is no valid text: rename the folder</source>
        <translation>名称 {path} 不是有效文本：请重命名该文件夹</translation>
    </message>
    <message>
        <source>There is no folder {path}: check the name</source>
        <translation>没有文件夹 {path}：请检查名称</translation>
    </message>
    <message>
        <source>{path} is not a folder: put the photos of a class into a folder, and give that</source>
        <translation>{path} 不是文件夹：请把一个类别的照片放进一个文件夹，再给出该文件夹</translation>
    </message>
    <message>
        <source>{path} was given twice, or lies in another folder that was given: leave it out</source>
        <translation>{path} 给出了两次，或位于给出的另一个文件夹中：请去掉它</translation>
    </message>
    <message>
        <source>There is no photo in {path}: give a folder of photos, or a folder of such folders</source>
        <translation>{path} 中没有照片：请给出一个照片文件夹，或包含这类文件夹的文件夹</translation>
    </message>
    <message>
        <source>Give at least one folder of photos</source>
        <translation>请至少提供一个照片文件夹</translation>
    </message>
    <message>
        <source>{first} and {second} would both be the class {name}: rename one</source>
        <translation>{first} 和 {second} 都会成为类别 {name}：请重命名其中一个</translation>
    </message>
    <message>
        <source>There is no photo among these files: drop folders of photos</source>
        <translation>这些文件中没有照片：请拖放照片文件夹</translation>
    </message>
    <message>
        <source>the folder lies too deep within others: move it up</source>
        <translation>该文件夹嵌套过深：请移到上层</translation>
    </message>
    <message>
        <source>the folder cannot be read: {reason}</source>
        <translation>无法读取该文件夹：{reason}</translation>
    </message>
    <message>
        <source>it is not a file</source>
        <translation>它不是文件</translation>
    </message>
    <message>
        <source>its name is not valid text: rename it</source>
        <translation>名称不是有效文本：请重命名</translation>
    </message>
    <message>
        <source>{path} is another photo than was sorted: drop it again</source>
        <translation>{path} 不是当初归类的那张照片：请重新拖放</translation>
    </message>
    <message>
        <source>The same photo is in two classes: {first} in {name} and {second} in {other}. Delete it from one</source>
        <translation>同一张照片在两个类别中：{first} 在 {name} 中，{second} 在 {other} 中。请从其中一个删除</translation>
    </message>
    <message>
        <source>No photo in {folder} can be used ({n} skipped; {name}: {reason}): put other photos there, or leave it out</source>
        <translation>{folder} 中没有可用的照片（跳过 {n} 个；{name}：{reason}）：请放入其他照片，或不要它</translation>
    </message>
    <message>
        <source>The project has a class {name} already</source>
        <translation>项目中已有类别 {name}</translation>
    </message>
    <message>
        <source>The task {task} is trained already: add {name} to another task</source>
        <translation>任务 {task} 已训练：请把 {name} 添加到其他任务</translation>
    </message>
    <message>
        <source>The same photo is in two classes: {first} in {name} and {second} in {other}. Leave it out of one</source>
        <translation>同一张照片在两个类别中：{first} 在 {name} 中，{second} 在 {other} 中。请从其中一个去掉</translation>
    </message>
    <message>
        <source>{folder} has photos to test but none to learn from: add a train folder</source>
        <translation>{folder} 有测试照片，但没有可学习的照片：请添加 train 文件夹</translation>
    </message>
    <message>
        <source>{path} is already open for writing in another window or command: close it there first</source>
        <translation>{path} 已在其他窗口或命令中打开并可写：请先在那里关闭</translation>
    </message>
    <message>
        <source>{path} cannot be reached any more ({reason}): nothing was saved. Is its disk or its network still there?</source>
        <translation>已无法访问 {path}（{reason}）：没有保存任何内容。它的磁盘或网络还在吗？</translation>
    </message>
    <message>
        <source>{path} is damaged ({what})</source>
        <translation>{path} 已损坏（{what}）</translation>
    </message>
    <message>
        <source>{path} is not a project</source>
        <translation>{path} 不是项目</translation>
    </message>
    <message>
        <source>There is no project {path}, as there is no folder {folder}: check the name or the disk</source>
        <translation>没有项目 {path}，因为没有文件夹 {folder}：请检查名称或磁盘</translation>
    </message>
    <message>
        <source>There is no project {path}</source>
        <translation>没有项目 {path}</translation>
    </message>
    <message>
        <source>{path} cannot be written: copy it to a folder where you may write, and open the copy</source>
        <translation>无法写入 {path}：请把它复制到您可写的文件夹，再打开副本</translation>
    </message>
    <message>
        <source>The disk of {path} does not support locks, without which two programs could write at once</source>
        <translation>{path} 所在的磁盘不支持锁；没有锁，两个程序可能同时写入</translation>
    </message>
    <message>
        <source>{path} is being written by another program: try again when it is done</source>
        <translation>另一个程序正在写入 {path}：请在它完成后重试</translation>
    </message>
    <message>
        <source>{path} was moved or deleted while it was open: nothing was saved. Put it back in its place, or open it where it is</source>
        <translation>{path} 在打开期间被移动或删除：没有保存任何内容。请放回原处，或在现在的位置打开</translation>
    </message>
    <message>
        <source>{path} is gone, with its folder or its disk, while it was open: nothing was saved. Put it back in its place, or open it where it is</source>
        <translation>{path} 在打开期间连同其文件夹或磁盘一起消失：没有保存任何内容。请放回原处，或在现在的位置打开</translation>
    </message>
    <message>
        <source>{path} was replaced by another file while it was open: nothing was saved. Close it, and open it again</source>
        <translation>{path} 在打开期间被另一个文件替换：没有保存任何内容。请关闭后重新打开</translation>
    </message>
    <message>
        <source>The disk is full: nothing was changed in {path}. Free some space and try again</source>
        <translation>磁盘已满：{path} 没有任何更改。请腾出空间后重试</translation>
    </message>
    <message>
        <source>The disk is full: {path} was not made. Free some space and try again</source>
        <translation>磁盘已满：没有创建 {path}。请腾出空间后重试</translation>
    </message>
    <message>
        <source>{path} cannot be made, as its folder cannot be written: choose another folder</source>
        <translation>无法创建 {path}，因为其文件夹不可写：请选择其他文件夹</translation>
    </message>
    <message>
        <source>{path} could not be made: {reason}</source>
        <translation>无法创建 {path}：{reason}</translation>
    </message>
    <message>
        <source>{path} could not be opened: {reason}</source>
        <translation>无法打开 {path}：{reason}</translation>
    </message>
    <message>
        <source>{path} was changed, but its disk did not confirm that the change is kept: see whether the disk is well, close the project, and open it again to see what it holds</source>
        <translation>{path} 已更改，但磁盘没有确认更改已保存：请检查磁盘是否正常，关闭项目，再重新打开查看其内容</translation>
    </message>
    <message>
        <source>A program that was writing to {path} has ended early: open it again to see what was finished</source>
        <translation>正在写入 {path} 的程序提前结束：请重新打开，查看已完成的内容</translation>
    </message>
    <message>
        <source>{path} could not be read or written ({reason}): is its disk still there? Nothing was changed</source>
        <translation>无法读取或写入 {path}（{reason}）：它的磁盘还在吗？没有任何更改</translation>
    </message>
    <message>
        <source>The project&apos;s folder {path} is not there: bring it or its disk back first</source>
        <translation>项目的文件夹 {path} 不在：请先恢复它或它的磁盘</translation>
    </message>
    <message>
        <source>{link} is a link that leads elsewhere: remove it first</source>
        <translation>{link} 是指向别处的链接：请先移除它</translation>
    </message>
    <message>
        <source>{file} cannot be made from the frame</source>
        <translation>无法用这一帧创建 {file}</translation>
    </message>
    <message>
        <source>{path} has changed since the model saw it: have it recognised again</source>
        <translation>{path} 在模型看过之后有了变化：请重新识别</translation>
    </message>
    <message>
        <source>: </source>
        <translation>：</translation>
    </message>
    <message>
        <source>No space left on device</source>
        <translation>磁盘空间不足</translation>
    </message>
    <message>
        <source>No such file or directory</source>
        <translation>没有这个文件或文件夹</translation>
    </message>
    <message>
        <source>Permission denied</source>
        <translation>没有权限</translation>
    </message>
    <message>
        <source>Read-only file system</source>
        <translation>磁盘为只读</translation>
    </message>
    <message>
        <source>agree to it when you are asked, or use the offline writer</source>
        <translation>询问时请同意，或使用离线撰写器</translation>
    </message>
    <message>
        <source>if you know the file, open the project again, and agree when you are asked</source>
        <translation>如果您了解该文件，请重新打开项目，并在询问时同意</translation>
    </message>
    <message>
        <source>copy it to a disk of this computer, and open the copy</source>
        <translation>请把它复制到这台计算机的磁盘上，再打开副本</translation>
    </message>
    <message>
        <source>agree to its download when you are asked, or use spa-lite</source>
        <translation>询问时请同意下载，或使用 spa-lite</translation>
    </message>
    <message>
        <source>it was moved, renamed or deleted. Open it where it is now</source>
        <translation>它已被移动、重命名或删除。请在现在的位置打开</translation>
    </message>
    <message>
        <source>get it with: npm pack {package}, and choose its file</source>
        <translation>用 npm pack {package} 获取，再选择其文件</translation>
    </message>
    <message>
        <source>choose a folder on a disk of this computer</source>
        <translation>请选择这台计算机磁盘上的文件夹</translation>
    </message>
    <message>
        <source>choose a .spa file, or make a new project</source>
        <translation>请选择 .spa 文件，或新建项目</translation>
    </message>
    <message>
        <source>make room, and do the same again: what was done so far is kept</source>
        <translation>请腾出空间，再做一次：已完成的部分会保留</translation>
    </message>
    <message>
        <source>make room, and do the same again: what is back stays back</source>
        <translation>请腾出空间，再做一次：已移回的会留在原处</translation>
    </message>
    <message>
        <source>choose another folder, or agree to replace it</source>
        <translation>请选择其他文件夹，或同意替换</translation>
    </message>
    <message>
        <source>bring back an earlier version</source>
        <translation>请恢复一个较早的版本</translation>
    </message>
    <message>
        <source>restore a backup of it or an earlier version, or save what is whole</source>
        <translation>请恢复其备份或较早的版本，或保存完好的部分</translation>
    </message>
    <message>
        <source>the file as it lay there before is kept as {kept}: put it back, or save what is whole</source>
        <translation>之前的文件保留为 {kept}：请放回它，或保存完好的部分</translation>
    </message>
    <message>
        <source>it goes on where it stopped</source>
        <translation>它会从停止处继续</translation>
    </message>
    <message>
        <source>choose another name, or add photos to that class</source>
        <translation>请选择其他名称，或把照片添加到该类别</translation>
    </message>
    <message>
        <source>rename the folder {folder}, or add its photos to that class</source>
        <translation>请重命名文件夹 {folder}，或把其照片添加到该类别</translation>
    </message>
    <message>
        <source>it is a box of a photo, no file of its own</source>
        <translation>它是照片中的一个框，不是单独的文件</translation>
    </message>
    <message>
        <source>it could not be read</source>
        <translation>无法读取</translation>
    </message>
    <message>
        <source>it lies elsewhere, where a link leads to</source>
        <translation>它位于链接所指的别处</translation>
    </message>
    <message>
        <source>it is unsure, or none of these, and gets no keyword</source>
        <translation>答案不确定或都不是，因此不写关键字</translation>
    </message>
    <message>
        <source>Give at least one photo, or a folder of photos</source>
        <translation>请至少给出一张照片或一个照片文件夹</translation>
    </message>
    <message>
        <source>No keywords were written in {folder}: there is nothing to take back</source>
        <translation>没有在 {folder} 中写入过关键字：没有可撤回的内容</translation>
    </message>
    <message>
        <source>{path} is damaged: the keywords cannot be taken back</source>
        <translation>{path} 已损坏：无法撤回关键字</translation>
    </message>
    <message>
        <source>it has no keyword</source>
        <translation>没有关键字</translation>
    </message>
    <message>
        <source>it has keywords of several classes: {names}</source>
        <translation>它有多个类别的关键字：{names}</translation>
    </message>
    <message>
        <source>its keywords: {reason}</source>
        <translation>关键字：{reason}</translation>
    </message>
    <message>
        <source>No photo has the keyword {keyword}: check how it is written</source>
        <translation>没有照片带有关键字 {keyword}：请检查写法</translation>
    </message>
    <message>
        <source>{other} and {keyword} would both be the class {name}: give one another name</source>
        <translation>{other} 和 {keyword} 都会成为类别 {name}：请给其中一个另取名称</translation>
    </message>
    <message>
        <source>No photo has a keyword of one class alone: choose other keywords</source>
        <translation>没有照片只带有一个类别的关键字：请选择其他关键字</translation>
    </message>
    <message>
        <source>{host} wants a key (401): set {variable}, or save one in the settings</source>
        <translation>{host} 需要密钥 (401)：请设置 {variable}，或在设置中保存密钥</translation>
    </message>
    <message>
        <source>{host} does not accept the key (401): correct {variable}</source>
        <translation>{host} 不接受该密钥 (401)：请更正 {variable}</translation>
    </message>
    <message>
        <source>{host} does not accept the key (401): save another one in the settings</source>
        <translation>{host} 不接受该密钥 (401)：请在设置中保存另一个密钥</translation>
    </message>
    <message>
        <source>{host} does not allow this key to use &quot;{model}&quot; (403): {message}</source>
        <translation>{host} 不允许此密钥使用“{model}”(403)：{message}</translation>
    </message>
    <message>
        <source>{host} cannot describe with &quot;{model}&quot; (404): {message}</source>
        <translation>{host} 无法用“{model}”撰写描述 (404)：{message}</translation>
    </message>
    <message>
        <source>{host} writes no text at {url} ({status}): does the address end in /v1?</source>
        <translation>{host} 在 {url} 不提供文本生成 ({status})：地址是否以 /v1 结尾？</translation>
    </message>
    <message>
        <source>{host} points to another address ({status}), to which nothing is sent: correct the address</source>
        <translation>{host} 指向另一个地址 ({status})，未向其发送任何内容：请更正地址</translation>
    </message>
    <message>
        <source>{host} has no credit left (insufficient_quota) for this account: add some there, or use the offline writer</source>
        <translation>此账户在 {host} 的额度已用完 (insufficient_quota)：请充值，或使用离线撰写者</translation>
    </message>
    <message>
        <source>{host} gets too many requests from this account (429): try again later, with fewer parallel requests, or use the offline writer</source>
        <translation>此账户向 {host} 发送的请求过多 (429)：请减少并行请求并稍后再试，或使用离线撰写者</translation>
    </message>
    <message>
        <source>{host} has trouble of its own ({status}): try again later, or use the offline writer</source>
        <translation>{host} 自身出现故障 ({status})：请稍后再试，或使用离线撰写者</translation>
    </message>
    <message>
        <source>{host} rejects the request ({status}): {message}</source>
        <translation>{host} 拒绝了请求 ({status})：{message}</translation>
    </message>
    <message>
        <source>{host} has a certificate that is not trusted ({reason}): check the address, or set SSL_CERT_FILE</source>
        <translation>{host} 的证书不受信任 ({reason})：请检查地址，或设置 SSL_CERT_FILE</translation>
    </message>
    <message>
        <source>{host} cannot be reached ({reason}): check network, address and whether the server runs, or use the offline writer</source>
        <translation>无法连接 {host} ({reason})：请检查网络、地址以及服务器是否运行，或使用离线撰写者</translation>
    </message>
    <message>
        <source>{host} cannot be reached ({reason}): check network, the proxy (HTTPS_PROXY), address and whether the server runs, or use the offline writer</source>
        <translation>无法连接 {host} ({reason})：请检查网络、代理 (HTTPS_PROXY)、地址以及服务器是否运行，或使用离线撰写者</translation>
    </message>
    <message>
        <source>{host} answers with something else than a description{message}: check the address</source>
        <translation>{host} 返回的不是描述{message}：请检查地址</translation>
    </message>
    <message>
        <source>{host} could not be asked, {reason}: check the address</source>
        <translation>无法向 {host} 发出请求，{reason}：请检查地址</translation>
    </message>
    <message>
        <source>{host} did not answer in time: try later, or with less effort, or use the offline writer</source>
        <translation>{host} 未及时回答：请稍后再试，或降低思考强度，或使用离线撰写者</translation>
    </message>
    <message>
        <source>The address of the service must be like https://host/v1, or http://localhost:11434/v1 for a server on this computer, without a name, password or query</source>
        <translation>服务地址须形如 https://host/v1；对本机的服务器则形如 http://localhost:11434/v1；不含用户名、密码或查询参数</translation>
    </message>
    <message>
        <source>http://{host} is not encrypted: photos and key could be read on the way. Use https, or confirm it in the settings</source>
        <translation>http://{host} 未加密：照片和密钥在途中可能被读取。请使用 https，或在设置中确认</translation>
    </message>
    <message>
        <source>The setting {name} of the OpenAI writer is wrong: {reason}</source>
        <translation>OpenAI 撰写者的设置 {name} 有误：{reason}</translation>
    </message>
    <message>
        <source>There is no key for {host}: set {variable}, save one in the settings, or use the offline writer</source>
        <translation>没有 {host} 的密钥：请设置 {variable}，在设置中保存密钥，或使用离线撰写器</translation>
    </message>
    <message>
        <source>Services need the package openai: pip install &apos;spa-desktop[openai]&apos;</source>
        <translation>使用服务需要 openai 软件包：pip install &apos;spa-desktop[openai]&apos;</translation>
    </message>
    <message>
        <source>{host} cannot be connected to ({reason}): check the variables SSL_CERT_FILE, HTTPS_PROXY and ALL_PROXY of this computer</source>
        <translation>无法连接 {host}（{reason}）：请检查这台计算机的变量 SSL_CERT_FILE、HTTPS_PROXY 和 ALL_PROXY</translation>
    </message>
    <message>
        <source>There are no words to search by: say what is to be seen, such as: yellow flower</source>
        <translation>没有可用于搜索的词语：请说明要看到什么，例如：yellow flower</translation>
    </message>
    <message>
        <source>These are more words than can be searched by: use fewer</source>
        <translation>搜索用的词语太多：请减少一些</translation>
    </message>
    <message>
        <source>it is gone, or has changed since it was added</source>
        <translation>它已不存在，或添加后有改动</translation>
    </message>
    <message>
        <source>{path} has no photos to export: add some</source>
        <translation>{path} 没有可导出的照片：请添加一些</translation>
    </message>
    <message>
        <source>Not one of the {n} photos is where it was, such as {path}</source>
        <translation>{n} 张照片都不在原处，例如 {path}</translation>
    </message>
    <message>
        <source>Only classifiers on {first} and {second} can be exported, and this one is on {backbone}: make a project on {first} with the same photos to export it</source>
        <translation>只能导出使用 {first} 和 {second} 的分类器，而此分类器使用 {backbone}：要导出，请用 {first} 和相同的照片新建项目</translation>
    </message>
    <message>
        <source>A model that looks at the thing has no fixed shapes: train one with the focus photo</source>
        <translation>看物体的模型没有固定的形状：请以“整张照片”训练一个</translation>
    </message>
    <message>
        <source>{path} is not on this computer: copy the photo here, or give the share a drive letter</source>
        <translation>{path} 不在这台计算机上：请把照片复制到这里，或为共享分配驱动器号</translation>
    </message>
    <message>
        <source>{path} is another photo than the one that was added: put that one back, or add it anew</source>
        <translation>{path} 不是当初添加的那张照片：请放回原来的照片，或重新添加</translation>
    </message>
    <message>
        <source>{path} lies outside of its photo, which has {width} x {height} pixels: give another box</source>
        <translation>{path} 超出其照片（{width} x {height} 像素）：请给出另一个框</translation>
    </message>
    <message>
        <source>{path} cannot be read, {reason}: give a photo of up to {most} MB</source>
        <translation>无法读取 {path}，{reason}：请提供不超过 {most} MB 的照片</translation>
    </message>
    <message>
        <source>{path} is empty (0 bytes): remove it or copy it again</source>
        <translation>{path} 是空的（0 字节）：请删除或重新复制</translation>
    </message>
    <message>
        <source>{path} is missing: it was moved or deleted</source>
        <translation>找不到 {path}：它已被移动或删除</translation>
    </message>
    <message>
        <source>{path} may not be read: check its permissions</source>
        <translation>不允许读取 {path}：请检查其权限</translation>
    </message>
    <message>
        <source>{path} takes too much time or memory to open: save it as an ordinary JPEG</source>
        <translation>打开 {path} 需要过多时间或内存：请另存为普通 JPEG</translation>
    </message>
    <message>
        <source>{name} is not a name: give it at least one letter or digit</source>
        <translation>{name} 不是名称：请至少包含一个字母、汉字或数字</translation>
    </message>
    <message>
        <source>The name {name}... is longer than {n} characters: give it a shorter one</source>
        <translation>名称 {name}… 超过 {n} 个字符：请取短一些的名称</translation>
    </message>
    <message>
        <source>{path} is not a path that can be opened: {reason}</source>
        <translation>无法打开路径 {path}：{reason}</translation>
    </message>
    <message>
        <source>{path} is not a project but a folder: choose a .spa file</source>
        <translation>{path} 是文件夹，不是项目：请选择 .spa 文件</translation>
    </message>
    <message>
        <source>{path}: its name, or that of a folder above it, is not valid text: rename it</source>
        <translation>{path}：它或其上级文件夹的名称不是有效文本：请重命名</translation>
    </message>
    <message>
        <source>There is no folder {folder}: make it first, or choose another</source>
        <translation>没有文件夹 {folder}：请先创建它，或另选一个</translation>
    </message>
    <message>
        <source>{path} exists already: choose another name, or open it</source>
        <translation>{path} 已存在：请另取一个名称，或打开它</translation>
    </message>
    <message>
        <source>{path} is open for reading only: open it for writing to change it</source>
        <translation>{path} 以只读方式打开：如需更改，请以可写方式打开</translation>
    </message>
    <message>
        <source>This cannot be stored in a project: it is not valid text</source>
        <translation>无法存入项目：不是有效文本</translation>
    </message>
    <message>
        <source>{path} cannot be opened: {reason}</source>
        <translation>无法打开 {path}：{reason}</translation>
    </message>
    <message>
        <source>{path} may not be read: ask its owner for the permission</source>
        <translation>不允许读取 {path}：请向其所有者申请权限</translation>
    </message>
    <message>
        <source>{path} was made by a newer version of the app (tables {version}, this app knows {newest_version}): update the app</source>
        <translation>{path} 由更新版本的应用创建（表版本 {version}，此应用支持 {newest_version}）：请更新应用</translation>
    </message>
    <message>
        <source>{path} is not a project, or nothing of it can be read</source>
        <translation>{path} 不是项目，或其中没有可读取的内容</translation>
    </message>
    <message>
        <source>{path} cannot be recovered, as the new file would not be whole: {reason}</source>
        <translation>无法恢复 {path}，因为新文件会不完整：{reason}</translation>
    </message>
    <message>
        <source>There is no earlier version of {path} in {folder}</source>
        <translation>{folder} 中没有 {path} 的早期版本</translation>
    </message>
    <message>
        <source>{path} has the versions 1 to {n}: there is no version {number}</source>
        <translation>{path} 有版本 1 到 {n}：没有版本 {number}</translation>
    </message>
    <message>
        <source>Version {number} of {path} cannot be used, choose another: {reason}</source>
        <translation>{path} 的第 {number} 个版本无法使用，请另选一个：{reason}</translation>
    </message>
    <message>
        <source>{path} was restored, but this could not be noted in its history: see whether its disk is well, and do not restore it again</source>
        <translation>{path} 已恢复，但无法记入其历史：请检查磁盘是否正常，不要再次恢复</translation>
    </message>
    <message>
        <source>{path} was learned with the backbone {backbone}: use that one, or make a new project</source>
        <translation>{path} 是用骨干网络 {backbone} 学习的：请使用它，或新建项目</translation>
    </message>
    <message>
        <source>{path} was trained by another program meanwhile: nothing was changed, train again</source>
        <translation>{path} 在此期间被另一个程序训练过：没有任何更改，请重新训练</translation>
    </message>
    <message>
        <source>There is no training to undo: only the last one can be, until the model is edited</source>
        <translation>没有可撤销的训练：只能撤销最后一次，且须在模型被修改之前</translation>
    </message>
    <message>
        <source>A trained task keeps its place: only those that are not trained yet can be moved</source>
        <translation>已训练的任务位置不变：只能移动尚未训练的任务</translation>
    </message>
    <message>
        <source>The task {name} still has classes: move or delete them first</source>
        <translation>任务 {name} 还有类别：请先移走或删除它们</translation>
    </message>
    <message>
        <source>The class {name} is trained already: it stays in its task</source>
        <translation>类别 {name} 已训练：它留在原任务中</translation>
    </message>
    <message>
        <source>The class {name} cannot be merged with itself: choose another</source>
        <translation>类别 {name} 不能与自身合并：请另选一个</translation>
    </message>
    <message>
        <source>{path} is already in the class {name}, as {other}: leave it out</source>
        <translation>{path} 已在类别 {name} 中，即 {other}：请去掉它</translation>
    </message>
    <message>
        <source>{n} corrections wait already: learn them first</source>
        <translation>已有 {n} 条更正等待学习：请先学习它们</translation>
    </message>
    <message>
        <source>Nothing is learned in {path} yet: train first</source>
        <translation>{path} 还没有学习任何内容：请先训练</translation>
    </message>
    <message>
        <source>The task {name} is trained already: add new classes to another task</source>
        <translation>任务 {name} 已训练：请把新类别添加到其他任务</translation>
    </message>
    <message>
        <source>There is a class {name} already</source>
        <translation>已有类别 {name}</translation>
    </message>
    <message>
        <source>There is a task {name} already: choose another name</source>
        <translation>已有任务 {name}：请另取一个名称</translation>
    </message>
    <message>
        <source>{path} has learned nothing yet: there is nothing to forget</source>
        <translation>{path} 还没有学习任何内容：没有可遗忘的</translation>
    </message>
    <message>
        <source>{path} has no correction to learn: say first what photos are</source>
        <translation>{path} 没有可学习的更正：请先说明照片是什么</translation>
    </message>
    <message>
        <source>What was learned in {path} comes from an early version of the app: train it first</source>
        <translation>{path} 所学内容来自应用的早期版本：请先训练</translation>
    </message>
    <message>
        <source>Test photo left out: {reason}</source>
        <translation>未使用的测试照片：{reason}</translation>
    </message>
    <message>
        <source>Nothing that was learned of {name} would be left: it stays as it is</source>
        <translation>这样 {name} 的学习内容将全部消失：因此保持不变</translation>
    </message>
    <message>
        <source>Say which class the photo is of</source>
        <translation>请说明照片属于哪个类别</translation>
    </message>
    <message>
        <source>{file} is not in the project: there is nothing to set aside</source>
        <translation>{file} 不在项目中：没有可搁置的</translation>
    </message>
    <message>
        <source>Left waiting: {reason}</source>
        <translation>仍在等待：{reason}</translation>
    </message>
    <message>
        <source>Photo left out: {reason}</source>
        <translation>未使用的照片：{reason}</translation>
    </message>
    <message>
        <source>{file} is not on this computer: copy the photo here, and say again what it is</source>
        <translation>{file} 不在这台计算机上：请把照片复制到这里，再说明它是什么</translation>
    </message>
    <message>
        <source>{file} is another photo than was corrected: say again what it is</source>
        <translation>{file} 不是当初更正的那张照片：请再说明它是什么</translation>
    </message>
    <message>
        <source>No photo that {name} was learned from would be left: what was learned of it stays as it is</source>
        <translation>这样 {name} 将没有任何学习过的照片：因此其学习内容保持不变</translation>
    </message>
    <message>
        <source>&quot;{language}&quot; is no language tag: write en, nl, pt-BR or zh-Hans</source>
        <translation>“{language}”不是语言标签：请写 en、nl、pt-BR 或 zh-Hans</translation>
    </message>
    <message>
        <source>No photo of {name} can be read: put its photos back, or add others</source>
        <translation>{name} 的照片都无法读取：请放回其照片，或添加其他照片</translation>
    </message>
    <message>
        <source>Said of none, as most classes compared share it: {phrases}</source>
        <translation>大多数所比较的类别共有，因此不用于任何类别：{phrases}</translation>
    </message>
    <message>
        <source>{path} has no class yet: add folders of photos first</source>
        <translation>{path} 还没有类别：请先添加照片文件夹</translation>
    </message>
    <message>
        <source>{path} does not keep the answers of that state any more: choose another</source>
        <translation>{path} 已不再保留该状态的回答：请另选一个</translation>
    </message>
    <message>
        <source>No estimate: {reason}</source>
        <translation>无估计值：{reason}</translation>
    </message>
    <message>
        <source>{name} has no test photo of a learned class: on the page Classes, choose photos and press “Test with these”, or add a folder named test</source>
        <translation>{name} 没有已学类别的测试照片：请在“类别”页选择照片并按“用于测试”，或添加名为 test 的文件夹</translation>
    </message>
    <message>
        <source>{name} has no test photo of a learned class: on the page Classes, choose photos and press “Test with these”, or add a folder named test. An estimate, leaving out one photo at a time: {estimate}</source>
        <translation>{name} 没有已学类别的测试照片：请在“类别”页选择照片并按“用于测试”，或添加名为 test 的文件夹。每次留出一张照片的估计：{estimate}</translation>
    </message>
    <message>
        <source>The project&apos;s method settings are damaged: set them anew</source>
        <translation>项目的方法设置已损坏：请重新设置</translation>
    </message>
    <message>
        <source>{path} was made with other weights of {backbone} than those here, or an earlier version of its features: use the same weights and version, or make a new project</source>
        <translation>{path} 所用的 {backbone} 权重与此处不同，或特征版本较早：请使用相同的权重和版本，或新建项目</translation>
    </message>
    <message>
        <source>{path} has learned nothing yet: train it first</source>
        <translation>{path} 还没有学习任何内容：请先训练</translation>
    </message>
    <message>
        <source>{folder} is not on this computer: copy the photos here, or give the share a drive letter</source>
        <translation>{folder} 不在这台计算机上：请把照片复制到这里，或为共享分配驱动器号</translation>
    </message>
    <message>
        <source>The copy of the sample project that was kept is damaged: it is made anew</source>
        <translation>保存的示例项目副本已损坏：正在重新生成</translation>
    </message>
    <message>
        <source>The sample project is open: close it first ({reason})</source>
        <translation>示例项目已打开：请先关闭它（{reason}）</translation>
    </message>
    <message>
        <source>{folder} cannot be deleted: {reason}</source>
        <translation>无法删除 {folder}：{reason}</translation>
    </message>
    <message>
        <source>Not one of the {n} photos can be read, such as {path}: give others</source>
        <translation>{n} 张照片都无法读取，例如 {path}：请给出其他照片</translation>
    </message>
    <message>
        <source>{path} has no photo that can be searched: add photos, or find those that were moved</source>
        <translation>{path} 没有可搜索的照片：请添加照片，或查找已移动的照片</translation>
    </message>
    <message>
        <source>There is no photo: give others</source>
        <translation>没有照片：请给出其他照片</translation>
    </message>
    <message>
        <source>None of the {n} photos can be read. {why}</source>
        <translation>{n} 张照片都无法读取。{why}</translation>
    </message>
    <message>
        <source>No photo can be sorted ({n} left out). {why}</source>
        <translation>没有可归类的照片（略过 {n} 个）。{why}</translation>
    </message>
    <message>
        <source>No photo of {name} is where it was, such as {path}. Find moved photos, in the Project menu, looks for it</source>
        <translation>{name} 的照片都不在原处，例如 {path}。可用“项目”菜单中的“查找已移动的照片”来寻找</translation>
    </message>
    <message>
        <source>No photo is left to sort. Photos in the project already: {n}</source>
        <translation>没有可归类的照片。已在项目中的照片：{n} 张</translation>
    </message>
    <message>
        <source>The photos that were being sorted cannot be read any more: drop them again</source>
        <translation>正在归类的照片已无法读取：请重新拖放</translation>
    </message>
    <message>
        <source>it is not on this computer</source>
        <translation>它不在这台电脑上</translation>
    </message>
    <message>
        <source>it is sorted already</source>
        <translation>已经在归类中</translation>
    </message>
    <message>
        <source>{path} has learned all of its classes already: add photos or a new class</source>
        <translation>{path} 已学习所有类别：请添加照片或新类别</translation>
    </message>
    <message>
        <source>The task {name} is learned already: nothing in it is new</source>
        <translation>任务 {name} 已学习：其中没有新内容</translation>
    </message>
    <message>
        <source>What was learned comes from an early version of the app: it is learned anew from its photos</source>
        <translation>学习内容来自程序的早期版本：将用其照片重新学习</translation>
    </message>
    <message>
        <source>Not described yet, so described offline now: {names}</source>
        <translation>尚无描述，现在离线撰写：{names}</translation>
    </message>
    <message>
        <source>It is to look at {reason} now: what was learned is learned anew from its photos</source>
        <translation>现在要看{reason}：已学内容将从其照片重新学习</translation>
    </message>
    <message>
        <source>{path} has learned nothing that could be learned anew: forget it first</source>
        <translation>{path} 没有可以重新学习的内容：请先遗忘所学内容</translation>
    </message>
    <message>
        <source>{name} keeps the text it was learned with: {n} of its photos cannot be read</source>
        <translation>{name} 保留学习时的文本：其中 {n} 张照片无法读取</translation>
    </message>
    <message>
        <source>it is gone, or has changed since it was recognised: see to it yourself</source>
        <translation>它已不在，或在识别后被更改：请自行处理</translation>
    </message>
    <message>
        <source>{folder} is a link that leads elsewhere: remove it, and do the same again</source>
        <translation>{folder} 是指向别处的链接：请删除后重试</translation>
    </message>
    <message>
        <source>{source} and {goal} are one folder</source>
        <translation>{source} 与 {goal} 是同一个文件夹</translation>
    </message>
    <message>
        <source>it was changed while it was copied: both are kept, the earlier one as {other}</source>
        <translation>复制过程中它被更改：两者均保留，较早的为 {other}</translation>
    </message>
    <message>
        <source>This project keeps its photos on this computer: use the offline writer, or have it ask again</source>
        <translation>此项目将照片保留在这台电脑上：请使用离线撰写者，或让它再次询问</translation>
    </message>
    <message>
        <source>nothing is known for sure: write a phrase yourself, or have a service write</source>
        <translation>没有可确定的内容：请自行撰写短语，或由服务撰写</translation>
    </message>
    <message>
        <source>The price table {path} cannot be read ({reason}): correct it, or delete it</source>
        <translation>无法读取价格表 {path} ({reason})：请更正或删除</translation>
    </message>
    <message>
        <source>{model} gave no short name ({text}): try again, or name it yourself</source>
        <translation>{model} 未给出简短名称 ({text})：请重试，或自行命名</translation>
    </message>
    <message>
        <source>{model} gave {n} useful phrases for &quot;{name}&quot;, and {fewest} are needed{example}. Try again, choose another model, or use the offline writer</source>
        <translation>{model} 为“{name}”给出 {n} 个可用短语，而需要 {fewest} 个{example}。请重试、选择其他模型，或使用离线撰写者</translation>
    </message>
    <message>
        <source>The answer for &quot;{name}&quot; was cut off: choose less effort or another model, and try again</source>
        <translation>“{name}”的回答被截断：请降低思考强度或选择其他模型，然后重试</translation>
    </message>
    <message>
        <source>The answer for &quot;{name}&quot; was cut off after {n} tokens: choose less effort or another model, and try again</source>
        <translation>“{name}”的回答在 {n} 个词元后被截断：请降低思考强度或选择其他模型，然后重试</translation>
    </message>
    <message>
        <source>its content filter stepped in</source>
        <translation>其内容过滤器已介入</translation>
    </message>
    <message>
        <source>{model} declines to describe &quot;{name}&quot; ({reason}): choose other photos, or use the offline writer</source>
        <translation>{model} 拒绝描述“{name}”({reason})：请选择其他照片，或使用离线撰写者</translation>
    </message>
    <message>
        <source>The answer for &quot;{name}&quot; is empty: try again, or use the offline writer</source>
        <translation>“{name}”的回答为空：请重试，或使用离线撰写者</translation>
    </message>
    <message>
        <source>The answer for &quot;{name}&quot; holds no phrases ({text}): choose other photos or another model, or use the offline writer</source>
        <translation>“{name}”的回答中没有短语 ({text})：请选择其他照片或模型，或使用离线撰写者</translation>
    </message>
    <message>
        <source>it has no exemplars</source>
        <translation>没有代表照片</translation>
    </message>
    <message>
        <source>There is no photo of &quot;{name}&quot; to show ({reason}): use the offline writer</source>
        <translation>没有可展示的“{name}”照片 ({reason})：请使用离线撰写者</translation>
    </message>
    <message>
        <source>Backbone {name} has no weights to download: choose another</source>
        <translation>骨干网络 {name} 没有可下载的权重：请选择其他骨干网络</translation>
    </message>
    <message>
        <source>Backbone {name} is not on this computer, and HF_HUB_OFFLINE forbids its download: unset it</source>
        <translation>骨干网络 {name} 不在这台电脑上，而 HF_HUB_OFFLINE 禁止下载：请取消该变量</translation>
    </message>
    <message>
        <source>{path} has no {name}: it is no model of open_clip</source>
        <translation>{path} 中没有 {name}：它不是 open_clip 的模型</translation>
    </message>
    <message>
        <source>{path} does not exist or is closed: check the name; where its page asks for an agreement, agree there, and set HF_TOKEN</source>
        <translation>{path} 不存在或未公开：请检查名称；如果其网页要求同意协议，请在那里同意，并设置 HF_TOKEN</translation>
    </message>
    <message>
        <source>Backbone {name} cannot be written to {path} ({reason}): make room or name another folder with HF_HOME, and try again, it goes on where it stopped</source>
        <translation>无法将骨干网络 {name} 写入 {path} ({reason})：请腾出空间，或用 HF_HOME 指定其他文件夹，然后重试，会从中断处继续</translation>
    </message>
    <message>
        <source>The download of {name} from {host} failed ({reason}): check network, HTTPS_PROXY and SSL_CERT_FILE, and try again, it goes on where it stopped</source>
        <translation>从 {host} 下载 {name} 失败 ({reason})：请检查网络、HTTPS_PROXY 和 SSL_CERT_FILE，然后重试，会从中断处继续</translation>
    </message>
    <message>
        <source>{path} has no {names}: choose another backbone</source>
        <translation>{path} 中没有 {names}：请选择其他骨干网络</translation>
    </message>
    <message>
        <source>{file} came from {path} with the wrong checksum, and was deleted: try again, and if it stays so, by another network or without the proxy</source>
        <translation>从 {path} 下载的 {file} 校验和错误，已删除：请重试；如果仍然如此，请换一个网络或不用代理</translation>
    </message>
    <message>
        <source>{path} has no {name} that can be read: copy the whole repository there</source>
        <translation>{path} 中没有可读取的 {name}：请将整个仓库复制到那里</translation>
    </message>
    <message>
        <source>This is not a key: copy it again, without spaces or line breaks</source>
        <translation>这不是密钥：请重新复制，不含空格或换行</translation>
    </message>
    <message>
        <source>What {variable} holds is not a key: copy it again, without spaces or line breaks</source>
        <translation>{variable} 的内容不是密钥：请重新复制，不含空格或换行</translation>
    </message>
    <message>
        <source>{path} is damaged or cut off{why}: remove it or copy it again</source>
        <translation>{path} 已损坏或不完整{why}：请删除或重新复制</translation>
    </message>
    <message>
        <source>{path} is not a photo that can be read, whatever its name says: remove it</source>
        <translation>无论名称如何，{path} 不是可以读取的照片：请删除</translation>
    </message>
    <message>
        <source>{path} has more than {most} million pixels: make it smaller</source>
        <translation>{path} 超过 {most} 百万像素：请缩小</translation>
    </message>
    <message>
        <source>{path} is {width} x {height} pixels, and no side may have more than {most}: make it smaller</source>
        <translation>{path} 为 {width} x {height} 像素，而每边不得超过 {most}：请缩小</translation>
    </message>
    <message>
        <source>{path} says it has {n} million pixels in a file of {size} kB, as no photo has: remove it</source>
        <translation>{path} 自称在 {size} kB 的文件中有 {n} 百万像素，照片不会如此：请删除</translation>
    </message>
    <message>
        <source>{path} takes too much memory to open: make it smaller, or save it as an ordinary JPEG</source>
        <translation>打开 {path} 需要过多内存：请缩小，或另存为普通 JPEG</translation>
    </message>
    <message>
        <source>it is a link</source>
        <translation>它是链接</translation>
    </message>
    <message>
        <source>it is write-protected</source>
        <translation>它受写保护</translation>
    </message>
    <message>
        <source>its folder cannot be written: change its permissions</source>
        <translation>无法写入其文件夹：请更改权限</translation>
    </message>
    <message>
        <source>it is no XML that can be read</source>
        <translation>它不是可以读取的 XML</translation>
    </message>
    <message>
        <source>it is no XMP of a photo</source>
        <translation>它不是照片的 XMP</translation>
    </message>
    <message>
        <source>it is no XMP</source>
        <translation>它不是 XMP</translation>
    </message>
    <message>
        <source>it</source>
        <translation>它</translation>
    </message>
    <message>
        <source>{name} needs ONNX Runtime, which cannot be used ({reason}): use {other}</source>
        <translation>{name} 需要 ONNX Runtime，但它无法使用 ({reason})：请使用 {other}</translation>
    </message>
    <message>
        <source>ONNX Runtime cannot be used ({reason}): photos are encoded by torch, which takes longer</source>
        <translation>无法使用 ONNX Runtime ({reason})：照片由 torch 编码，需要更长时间</translation>
    </message>
    <message>
        <source>Unknown device {name}: use auto, cuda, mps or cpu</source>
        <translation>未知设备 {name}：请使用 auto、cuda、mps 或 cpu</translation>
    </message>
    <message>
        <source>This computer has no {name} device: use auto or cpu</source>
        <translation>这台电脑没有 {name} 设备：请使用 auto 或 cpu</translation>
    </message>
    <message>
        <source>Memory on {name} ran out: going on with batches of {n}</source>
        <translation>{name} 内存不足：将以每批 {n} 张继续</translation>
    </message>
    <message>
        <source>Memory on {name} does not hold a single photo: going on with the CPU</source>
        <translation>{name} 内存放不下一张照片：将使用 CPU 继续</translation>
    </message>
    <message>
        <source>Memory ran out while encoding a single photo: close other programs and try again</source>
        <translation>对一张照片编码时内存不足：请关闭其他程序，然后重试</translation>
    </message>
    <message>
        <source>reinstall spa-desktop</source>
        <translation>请重新安装 spa-desktop</translation>
    </message>
    <message>
        <source>{path} cannot be read ({reason}): reinstall spa-desktop</source>
        <translation>无法读取 {path} ({reason})：请重新安装 spa-desktop</translation>
    </message>
    <message>
        <source>{path} is missing: {reason}</source>
        <translation>缺少 {path}：{reason}</translation>
    </message>
    <message>
        <source>{path} has the wrong checksum (damaged, or another version): {reason}</source>
        <translation>{path} 的校验和错误（已损坏，或是其他版本）：{reason}</translation>
    </message>
    <message>
        <source>The package {name} is missing: pip install {name}</source>
        <translation>缺少软件包 {name}：pip install {name}</translation>
    </message>
    <message>
        <source>Backbone {backbone} is not on this computer, and comes from {source} ({terms})</source>
        <translation>骨干网络 {backbone} 不在这台电脑上，它来自 {source} ({terms})</translation>
    </message>
    <message>
        <source>{path} has no weights (*.safetensors, *.bin or *.pth): copy the whole repository there</source>
        <translation>{path} 中没有权重（*.safetensors、*.bin 或 *.pth）：请将整个仓库复制到那里</translation>
    </message>
    <message>
        <source>Backbone {name} was downloaded and is not there: look at the space on the disk, and try again</source>
        <translation>骨干网络 {name} 已下载，但找不到：请检查磁盘空间，然后重试</translation>
    </message>
    <message>
        <source>it is neither a safetensors file nor one of torch 1.6 or later</source>
        <translation>它既不是 safetensors 文件，也不是 torch 1.6 或更高版本的文件</translation>
    </message>
    <message>
        <source>Backbone {name} could not be loaded: {reason}</source>
        <translation>无法载入骨干网络 {name}：{reason}</translation>
    </message>
    <message>
        <source>{path} is no checkpoint of {name}: {reason}</source>
        <translation>{path} 不是 {name} 的权重文件：{reason}</translation>
    </message>
    <message>
        <source>{path} is no checkpoint of the model that {name} beside it describes: {reason}</source>
        <translation>{path} 不是旁边的 {name} 所描述模型的权重文件：{reason}</translation>
    </message>
    <message>
        <source>folder</source>
        <translation>文件夹</translation>
    </message>
    <message>
        <source>file</source>
        <translation>文件</translation>
    </message>
    <message>
        <source>{path} is not on this computer: copy the checkpoint {kind} here, and give its path</source>
        <translation>{path} 不在这台电脑上：请将权重{kind}复制到这里，并提供其路径</translation>
    </message>
    <message>
        <source>The backbone is the checkpoint {kind} {path}, which was not agreed to on this computer</source>
        <translation>骨干网络是权重{kind} {path}，在这台电脑上尚未同意使用</translation>
    </message>
    <message>
        <source>{path} is missing: give the path of a checkpoint {kind}</source>
        <translation>缺少 {path}：请提供权重{kind}的路径</translation>
    </message>
    <message>
        <source>download the file again or correct the checksum</source>
        <translation>请重新下载文件，或更正校验和</translation>
    </message>
    <message>
        <source>Backbone {name} gives no patch features of photos of {side} x {side} pixels: choose another model or size, such as timm:vit_small_patch14_dinov2.lvd142m@224</source>
        <translation>骨干网络 {name} 对 {side} x {side} 像素的照片没有小块特征：请选择其他模型或尺寸，例如 timm:vit_small_patch14_dinov2.lvd142m@224</translation>
    </message>
    <message>
        <source>Unknown backbone {name}: did you mean {names}?</source>
        <translation>未知骨干网络 {name}：您是指 {names} 吗？</translation>
    </message>
    <message>
        <source>it is damaged, or holds more than numbers</source>
        <translation>它已损坏，或含有数值以外的内容</translation>
    </message>
    <message>
        <source>Backbone {name} gives no patch features: choose another, such as ViT-B-16/laion400m_e32</source>
        <translation>骨干网络 {name} 没有小块特征：请选择其他骨干网络，例如 ViT-B-16/laion400m_e32</translation>
    </message>
    <message>
        <source>Backbone {name} gives no token features: choose another, such as ViT-B-16/laion400m_e32</source>
        <translation>骨干网络 {name} 没有token 特征：请选择其他骨干网络，例如 ViT-B-16/laion400m_e32</translation>
    </message>
    <message>
        <source>{path} cannot be used: {reason}</source>
        <translation>无法使用 {path}：{reason}</translation>
    </message>
    <message>
        <source>{path} is larger than it should be</source>
        <translation>{path} 大于应有的大小</translation>
    </message>
    <message>
        <source>{path} cannot be downloaded ({reason})</source>
        <translation>无法下载 {path} ({reason})</translation>
    </message>
    <message>
        <source>This is not the package {wanted}, or it is damaged</source>
        <translation>这不是软件包 {wanted}，或已损坏</translation>
    </message>
    <message>
        <source>{path} has no {name}</source>
        <translation>{path} 中没有 {name}</translation>
    </message>
    <message>
        <source>{name} is not the one of {wanted}</source>
        <translation>{name} 与 {wanted} 中的不同</translation>
    </message>
    <message>
        <source>Export needs the package onnx: pip install &apos;spa-desktop[export]&apos;</source>
        <translation>导出需要软件包 onnx：pip install &apos;spa-desktop[export]&apos;</translation>
    </message>
    <message>
        <source>the whole photo</source>
        <translation>整张照片</translation>
    </message>
    <message>
        <source>the thing</source>
        <translation>物体</translation>
    </message>
    <message>
        <source>Backbone {name} looks at the whole photo: set what to look at to auto or photo</source>
        <translation>骨干网络 {name} 看整张照片：请将所看内容设为 auto 或 photo</translation>
    </message>
    <message>
        <source>Looks at: the whole photo, as some photos are gone, and only what that tells of them is kept</source>
        <translation>所看内容：整张照片，因为有些照片已不存在，只保留了整张照片的信息</translation>
    </message>
    <message>
        <source>Looks at: {reason}</source>
        <translation>所看内容：{reason}</translation>
    </message>
    <message>
        <source>{path} has no box for the photos in {folder} ({reason}): give the folder it was made for</source>
        <translation>{path} 中没有 {folder} 里照片的框 ({reason})：请提供它所对应的文件夹</translation>
    </message>
    <message>
        <source>{path} has an annotation of {name}, which it does not list</source>
        <translation>{path} 有 {name} 的标注，但没有列出 {name}</translation>
    </message>
    <message>
        <source>{path} is not {kind}&apos;s JSON of boxes ({reason}): give another file</source>
        <translation>{path} 不是 {kind} 的框 JSON 文件 ({reason})：请提供其他文件</translation>
    </message>
    <message>
        <source>{path} names {name}: {first} or {second}? Give the folder that it was made for</source>
        <translation>{path} 中的 {name} 是 {first} 还是 {second}？请提供它所对应的文件夹</translation>
    </message>
    <message>
        <source>{path} has more than {n} boxes: give them in parts</source>
        <translation>{path} 中的框超过 {n} 个：请分成几部分提供</translation>
    </message>
    <message>
        <source>{path} line {line}: expected a class&apos;s number and four shares of the photo (x y width height)</source>
        <translation>{path} 第 {line} 行：应为类别编号和四个占照片的比例 (x y width height)</translation>
    </message>
    <message>
        <source>{path} has no names of classes: expected &quot;names:&quot; with a list</source>
        <translation>{path} 中没有类别名称：应有 &quot;names:&quot; 和一个列表</translation>
    </message>
    <message>
        <source>{path} is not UTF-8 text: save it as UTF-8</source>
        <translation>{path} 不是 UTF-8 文本：请保存为 UTF-8</translation>
    </message>
    <message>
        <source>A frame of {path} is outside of the photo or has no area: draw it anew</source>
        <translation>{path} 的框在照片之外或没有面积：请重新画框</translation>
    </message>
    <message>
        <source>This cannot be stored in a project: {reason}</source>
        <translation>无法存入项目：{reason}</translation>
    </message>
    <message>
        <source>This was not stored: it holds what looks like an API key, and a project never keeps one</source>
        <translation>没有保存：其中有看起来像 API 密钥的内容，而项目从不保存密钥</translation>
    </message>
    <message>
        <source>{path}, line {line}: {reason}</source>
        <translation>{path}，第 {line} 行：{reason}</translation>
    </message>
    <message>
        <source>{path} has no columns path and label in its first line, with commas: name them so</source>
        <translation>{path} 的第一行没有用逗号分隔的列 path 和 label：请这样命名</translation>
    </message>
    <message>
        <source>{path} has more than {n} rows: make several manifests of it</source>
        <translation>{path} 超过 {n} 行：请分成几个清单</translation>
    </message>
    <message>
        <source>the split is {split}: write train or test, or nothing</source>
        <translation>划分是 {split}：请写 train 或 test，或留空</translation>
    </message>
    <message>
        <source>{path} is no UTF-8 text: save it as CSV in UTF-8</source>
        <translation>{path} 不是 UTF-8 文本：请保存为 UTF-8 的 CSV</translation>
    </message>
    <message>
        <source>{path} is no table with commas: {reason}</source>
        <translation>{path} 不是用逗号分隔的表格：{reason}</translation>
    </message>
    <message>
        <source>{path} names no photo: give a table with a row for each</source>
        <translation>{path} 没有列出照片：请提供每张照片一行的表格</translation>
    </message>
    <message>
        <source>there is no path of a photo</source>
        <translation>没有照片的路径</translation>
    </message>
    <message>
        <source>{path} leads out of the folder of the manifest: put the photos beside it</source>
        <translation>{path} 指向清单所在文件夹之外：请把照片放在清单旁边</translation>
    </message>
    <message>
        <source>{path} is on another computer: put the photos beside it</source>
        <translation>{path} 在另一台电脑上：请把照片放在清单旁边</translation>
    </message>
    <message>
        <source>it is not a plain file</source>
        <translation>它不是普通文件</translation>
    </message>
    <message>
        <source>it is part of a change to several files</source>
        <translation>它属于对多个文件的一次更改</translation>
    </message>
    <message>
        <source>projects have no write-ahead log</source>
        <translation>项目没有预写日志</translation>
    </message>
    <message>
        <source>Unfinished work lies beside {path}, and before it is rolled back no copy can be kept in {folder} ({reason}): nothing was changed. Free some space, and try again</source>
        <translation>{path} 旁有未完成的工作，而回滚前无法在 {folder} 中保留副本 ({reason})：没有任何更改。请腾出空间，然后重试</translation>
    </message>
    <message>
        <source>Unfinished work beside {path} was rolled back. If something is missing now: the file as it lay there before is kept as {kept}</source>
        <translation>{path} 旁未完成的工作已回滚。如果现在缺少内容：原先的文件已保留为 {kept}</translation>
    </message>
    <message>
        <source>{file} must not be used with {path}, as {why}, and cannot be renamed ({reason}): move it elsewhere</source>
        <translation>{file} 不能与 {path} 一起使用，因为{why}，而且无法重命名 ({reason})：请将它移到别处</translation>
    </message>
    <message>
        <source>{file} beside {path} was not used, as {reason}: it is kept as {kept}</source>
        <translation>没有使用 {path} 旁的 {file}，因为{reason}：它已保留为 {kept}</translation>
    </message>
    <message>
        <source>{file} beside {path} was not used, as {reason}</source>
        <translation>没有使用 {path} 旁的 {file}，因为{reason}</translation>
    </message>
    <message>
        <source>{path} cannot be read as it is, and {n} MB for a copy are not free in {folder}: free some space, or open it for writing</source>
        <translation>无法直接读取 {path}，而 {folder} 中没有 {n} MB 的空间存放副本：请腾出空间，或以可写方式打开</translation>
    </message>
    <message>
        <source>Features of {n} photos are kept for the next time; more would push out those of others</source>
        <translation>为下次保留 {n} 张照片的特征；再多会挤掉其他照片的特征</translation>
    </message>
</context>
<context>
    <name>explain</name>
    <message>
        <source>a class that was deleted</source>
        <translation>已删除的类别</translation>
    </message>
    <message>
        <source>(no phrase)</source>
        <translation>（无短语）</translation>
    </message>
    <message>
        <source>says little</source>
        <translation>作用小</translation>
    </message>
    <message>
        <source>a frame</source>
        <translation>一帧</translation>
    </message>
    <message>
        <source>{name} · learned as {truth}</source>
        <translation>{name} · 学习时的标签是 {truth}</translation>
    </message>
    <message>
        <source>{name} · {truth}, recognised</source>
        <translation>{name} · {truth}，识别正确</translation>
    </message>
    <message>
        <source>{name} · {truth}, predicted as {answer}</source>
        <translation>{name} · {truth}，被识别为 {answer}</translation>
    </message>
</context>
<context>
    <name>live</name>
    <message>
        <source>Cameras and videos cannot be used here: a part of the system is missing.</source>
        <translation>无法使用摄像头和视频：系统缺少组件。</translation>
    </message>
    <message>
        <source>Install the system&apos;s package libpulse0 and start the app again. Photos and folders work without it.</source>
        <translation>请安装系统软件包 libpulse0 并重新启动应用。照片和文件夹无需它也能使用。</translation>
    </message>
    <message>
        <source>Photos and folders work without it. What is missing: {message}</source>
        <translation>照片和文件夹无需它也能使用。缺少的是：{message}</translation>
    </message>
    <message>
        <source>Choose another one.</source>
        <translation>请选择另一个。</translation>
    </message>
    <message>
        <source>{name}, {n} of {all} in {folder}</source>
        <translation>{name}，{folder} 中 {all} 张的第 {n} 张</translation>
    </message>
    <message>
        <source>{name} cannot be played: {why}</source>
        <translation>无法播放“{name}”：{why}</translation>
    </message>
    <message>
        <source>Choose another video, best MP4 with H.264.</source>
        <translation>请选择其他视频，最好是 H.264 编码的 MP4。</translation>
    </message>
    <message>
        <source>No camera was found.</source>
        <translation>没有找到摄像头。</translation>
    </message>
    <message>
        <source>Plug one in and try again, or open a photo, a folder or a video.</source>
        <translation>请接上摄像头再试，或打开照片、文件夹或视频。</translation>
    </message>
    <message>
        <source>{name} is missing: it was moved or deleted.</source>
        <translation>找不到“{name}”：已被移动或删除。</translation>
    </message>
    <message>
        <source>there are no pictures in it</source>
        <translation>其中没有画面</translation>
    </message>
    <message>
        <source>The system does not let this app use the camera.</source>
        <translation>系统不允许本应用使用摄像头。</translation>
    </message>
    <message>
        <source>Allow it in the system&apos;s privacy settings and try again.</source>
        <translation>请在系统的隐私设置中允许，然后再试。</translation>
    </message>
    <message>
        <source>{name} was unplugged.</source>
        <translation>{name}已被拔出。</translation>
    </message>
    <message>
        <source>Plug it in again, or choose another source.</source>
        <translation>请重新接上，或选择别的来源。</translation>
    </message>
    <message>
        <source>{name} gives no picture: {why}</source>
        <translation>{name}没有画面：{why}</translation>
    </message>
    <message>
        <source>Another program may be using it: close that one and try again.</source>
        <translation>可能有别的程序正在使用它：请关闭该程序再试。</translation>
    </message>
</context>
<context>
    <name>next_step</name>
    <message>
        <source>Sort photos</source>
        <translation>归类照片</translation>
    </message>
    <message>
        <source>No classes yet</source>
        <translation>还没有类别</translation>
    </message>
    <message>
        <source>Add folders of photos</source>
        <translation>添加照片文件夹</translation>
    </message>
    <message>
        <source>{classes} learned</source>
        <translation>已学习 {classes}</translation>
    </message>
    <message>
        <source>{name}: {classes} to learn</source>
        <translation>{name}：待学习 {classes}</translation>
    </message>
    <message>
        <source>{name}: photos were taken out</source>
        <translation>{name}：有照片被移出</translation>
    </message>
    <message>
        <source>{name}: new photos</source>
        <translation>{name}：有新照片</translation>
    </message>
    <message>
        <source>Use it</source>
        <translation>开始使用</translation>
    </message>
    <message>
        <source>Photos to sort</source>
        <translation>有照片待归类</translation>
    </message>
    <message>
        <source>See its mistakes</source>
        <translation>查看错误</translation>
    </message>
    <message>
        <source>{name}: texts changed</source>
        <translation>{name}：描述有变动</translation>
    </message>
    <message>
        <source>Train</source>
        <translation>训练</translation>
    </message>
</context>
<context>
    <name>pages</name>
    <message>
        <source>Sort</source>
        <translation>归类</translation>
    </message>
    <message>
        <source>Classes</source>
        <translation>类别</translation>
    </message>
    <message>
        <source>Descriptions</source>
        <translation>描述</translation>
    </message>
    <message>
        <source>Train</source>
        <translation>训练</translation>
    </message>
    <message>
        <source>Results</source>
        <translation>结果</translation>
    </message>
    <message>
        <source>Explain</source>
        <translation>解释</translation>
    </message>
    <message>
        <source>Live</source>
        <translation>实时</translation>
    </message>
    <message>
        <source>Use</source>
        <translation>使用</translation>
    </message>
</context>
<context>
    <name>palette</name>
    <message>
        <source>nothing is selected</source>
        <translation>没有选中任何内容</translation>
    </message>
    <message>
        <source>not now</source>
        <translation>现在不可用</translation>
    </message>
    <message>
        <source>task</source>
        <translation>任务</translation>
    </message>
</context>
<context>
    <name>plural</name>
    <message>
        <source>1 class</source>
        <translation>1 个类别</translation>
    </message>
    <message>
        <source>{n} classes</source>
        <translation>{n} 个类别</translation>
    </message>
    <message>
        <source>1 photo</source>
        <translation>1 张照片</translation>
    </message>
    <message>
        <source>{n} photos</source>
        <translation>{n} 张照片</translation>
    </message>
    <message>
        <source>1 small photo</source>
        <translation>1 张小照片</translation>
    </message>
    <message>
        <source>{n} small photos</source>
        <translation>{n} 张小照片</translation>
    </message>
    <message>
        <source>1 frame</source>
        <translation>1 帧</translation>
    </message>
    <message>
        <source>{n} frames</source>
        <translation>{n} 帧</translation>
    </message>
    <message>
        <source>, </source>
        <translation>、</translation>
    </message>
    <message>
        <source>. </source>
        <translation>。</translation>
    </message>
</context>
<context>
    <name>report</name>
    <message>
        <source>On {n} test photos that were never learned from. Accuracy: how many of them are answered right; in brackets the range (Wilson) in which it lies for all such photos in 95 of 100 cases. Forgotten: the best accuracy that an old task ever had before the last training, less its accuracy now, in points, of few test photos in photos; where it became better it gained.</source>
        <translation>用 {n} 张从未用于学习的测试照片。准确率：其中答对的张数；括号内为对所有此类照片而言准确率的 95 % 区间（Wilson）。遗忘：旧任务在最近一次训练之前的最高准确率减去现在的准确率，以百分点计，测试照片很少时以照片数计；变好时称为提高。</translation>
    </message>
    <message>
        <source>average over the tasks</source>
        <translation>各任务平均</translation>
    </message>
    <message>
        <source>Most confused</source>
        <translation>最容易混淆</translation>
    </message>
    <message>
        <source>Accuracy over tasks</source>
        <translation>随任务变化的准确率</translation>
    </message>
    <message>
        <source>Accuracy after each task</source>
        <translation>每个任务之后的准确率</translation>
    </message>
    <message>
        <source>Classes</source>
        <translation>类别</translation>
    </message>
    <message>
        <source>How it was made</source>
        <translation>制作信息</translation>
    </message>
    <message>
        <source>How it was measured</source>
        <translation>如何测量</translation>
    </message>
    <message>
        <source>Learned from</source>
        <translation>学习自</translation>
    </message>
    <message>
        <source>Right</source>
        <translation>正确</translation>
    </message>
    <message>
        <source>Range</source>
        <translation>范围</translation>
    </message>
    <message>
        <source>no test photo; leave-one-out estimate: {counted}</source>
        <translation>没有测试照片；留一法估计：{counted}</translation>
    </message>
    <message>
        <source>{n} of {all}</source>
        <translation>{all} 张中的 {n} 张</translation>
    </message>
    <message>
        <source>Every test photo was answered right.</source>
        <translation>所有测试照片都答对了。</translation>
    </message>
    <message>
        <source>after {task}</source>
        <translation>{task} 之后</translation>
    </message>
    <message>
        <source>Class</source>
        <translation>类别</translation>
    </message>
    <message>
        <source>Task</source>
        <translation>任务</translation>
    </message>
    <message>
        <source>Forgotten</source>
        <translation>遗忘</translation>
    </message>
</context>
<context>
    <name>results</name>
    <message>
        <source>zero-shot</source>
        <translation>零样本</translation>
    </message>
    <message>
        <source>SLDA</source>
        <translation>SLDA</translation>
    </message>
    <message>
        <source>zero-shot: by the names alone. SLDA: by whole photos, without any text.</source>
        <translation>zero-shot：只凭名称。SLDA：凭整张照片，不用任何文字。</translation>
    </message>
</context>
<context>
    <name>self._view.field</name>
    <message>
        <source>Name</source>
        <translation>名称</translation>
    </message>
</context>
<context>
    <name>stages</name>
    <message>
        <source>Downloading the backbone (MB)</source>
        <translation>正在下载骨干网络（MB）</translation>
    </message>
    <message>
        <source>Loading the backbone</source>
        <translation>正在载入骨干网络</translation>
    </message>
    <message>
        <source>Reading photos</source>
        <translation>正在读取照片</translation>
    </message>
    <message>
        <source>Encoding photos</source>
        <translation>正在编码照片</translation>
    </message>
    <message>
        <source>Encoding texts</source>
        <translation>正在编码文字</translation>
    </message>
    <message>
        <source>Describing classes</source>
        <translation>正在描述类别</translation>
    </message>
    <message>
        <source>Measuring photos</source>
        <translation>正在统计照片特征</translation>
    </message>
    <message>
        <source>Selecting patches</source>
        <translation>正在选取小块</translation>
    </message>
    <message>
        <source>Aligning patches and phrases</source>
        <translation>正在匹配小块与短语</translation>
    </message>
    <message>
        <source>Checking on held-out photos</source>
        <translation>正在用留出照片检验</translation>
    </message>
    <message>
        <source>Learning projectors</source>
        <translation>正在学习投影</translation>
    </message>
    <message>
        <source>Adding photos to known classes</source>
        <translation>正在为已学类别添加照片</translation>
    </message>
    <message>
        <source>Checking on test photos</source>
        <translation>正在用测试照片检验</translation>
    </message>
    <message>
        <source>Saving</source>
        <translation>正在保存</translation>
    </message>
    <message>
        <source>Recognising photos</source>
        <translation>正在识别照片</translation>
    </message>
    <message>
        <source>Looking for photos</source>
        <translation>正在查找照片</translation>
    </message>
    <message>
        <source>Comparing files</source>
        <translation>正在比较文件</translation>
    </message>
    <message>
        <source>Sorting photos</source>
        <translation>正在整理照片</translation>
    </message>
    <message>
        <source>Copying photos</source>
        <translation>正在复制照片</translation>
    </message>
    <message>
        <source>Putting photos back</source>
        <translation>正在放回照片</translation>
    </message>
    <message>
        <source>Keeping frames</source>
        <translation>正在保存帧</translation>
    </message>
    <message>
        <source>Checking the file</source>
        <translation>正在检查文件</translation>
    </message>
    <message>
        <source>Recovering what can be read</source>
        <translation>正在读取完好的内容</translation>
    </message>
    <message>
        <source>Waiting for another program</source>
        <translation>正在等待其他程序</translation>
    </message>
    <message>
        <source>Running methods</source>
        <translation>正在运行各方法</translation>
    </message>
    <message>
        <source>Writing the model</source>
        <translation>正在写入模型</translation>
    </message>
    <message>
        <source>Downloading the browser&apos;s runtime (MB)</source>
        <translation>正在下载浏览器运行时 (MB)</translation>
    </message>
</context>
<context>
    <name>text edits</name>
    <message>
        <source>The description says “{text}” already</source>
        <translation>描述中已有“{text}”</translation>
    </message>
    <message>
        <source>A description needs one phrase at least: change this one instead</source>
        <translation>描述至少需要一个短语：请改为修改这一个</translation>
    </message>
    <message>
        <source>The description has changed meanwhile: try once more</source>
        <translation>描述在此期间已更改：请再试一次</translation>
    </message>
</context>
<context>
    <name>train</name>
    <message>
        <source>about {time}</source>
        <translation>约 {time}</translation>
    </message>
    <message>
        <source>and {n} more</source>
        <translation>另有 {n} 项</translation>
    </message>
    <message>
        <source>Look at the photos</source>
        <translation>查看照片</translation>
    </message>
    <message>
        <source>Describe</source>
        <translation>描述</translation>
    </message>
    <message>
        <source>Match parts and words</source>
        <translation>匹配部分与词语</translation>
    </message>
    <message>
        <source>Learn</source>
        <translation>学习</translation>
    </message>
    <message>
        <source>Check and save</source>
        <translation>检验并保存</translation>
    </message>
    <message>
        <source>{low} to {high}</source>
        <translation>{low}至 {high}</translation>
    </message>
</context>
<context>
    <name>undo</name>
    <message>
        <source>add</source>
        <translation>添加</translation>
    </message>
    <message>
        <source>top up</source>
        <translation>补充照片</translation>
    </message>
    <message>
        <source>describe</source>
        <translation>描述</translation>
    </message>
    <message>
        <source>train</source>
        <translation>训练</translation>
    </message>
    <message>
        <source>taking back the training of</source>
        <translation>收回训练</translation>
    </message>
    <message>
        <source>find</source>
        <translation>查找</translation>
    </message>
    <message>
        <source>the frame of</source>
        <translation>框选：</translation>
    </message>
    <message>
        <source>correct</source>
        <translation>更正</translation>
    </message>
    <message>
        <source>take back the correction of</source>
        <translation>收回更正</translation>
    </message>
    <message>
        <source>learn</source>
        <translation>学习</translation>
    </message>
    <message>
        <source>learn the corrections of</source>
        <translation>学习更正</translation>
    </message>
    <message>
        <source>delete class</source>
        <translation>删除类别</translation>
    </message>
    <message>
        <source>merge</source>
        <translation>合并</translation>
    </message>
    <message>
        <source>forget</source>
        <translation>忘记</translation>
    </message>
</context>
<context>
    <name>unknown</name>
    <message>
        <source>None of these (nearest: {name})</source>
        <translation>都不是（最接近：{name}）</translation>
    </message>
    <message>
        <source>About {rest} % of photos that do belong to a class are rejected as well.</source>
        <translation>确实属于某个类别的照片中，约有 {rest} % 也会被判为“都不是”。</translation>
    </message>
</context>
<context>
    <name>words</name>
    <message>
        <source>not measured</source>
        <translation>未测量</translation>
    </message>
    <message>
        <source>{low} to {high}</source>
        <translation>{low} 至 {high}</translation>
    </message>
    <message>
        <source>{right} of {n}</source>
        <translation>{right} / {n}</translation>
    </message>
    <message>
        <source>{counted} right ({range})</source>
        <translation>{counted} 正确（{range}）</translation>
    </message>
    <message>
        <source>under {share}</source>
        <translation>低于 {share}</translation>
    </message>
    <message>
        <source>among photos that looked alike; new ones are harder</source>
        <translation>来自彼此相像的照片；新照片更难</translation>
    </message>
    <message>
        <source>{counted} right, {about}</source>
        <translation>{counted} 正确，{about}</translation>
    </message>
    <message>
        <source>test photos right ({range})</source>
        <translation>张测试照片正确（{range}）</translation>
    </message>
    <message>
        <source>test photos right, {about}</source>
        <translation>张测试照片正确，{about}</translation>
    </message>
    <message>
        <source>of {n} test photos right ({range})</source>
        <translation>测试照片正确，共 {n} 张（{range}）</translation>
    </message>
    <message>
        <source>counted on {when}</source>
        <translation>统计于 {when}</translation>
    </message>
    <message>
        <source>{share} of {n} photos. On all such photos the accuracy is {range} in 95 of 100 cases (Wilson).</source>
        <translation>{n} 张照片中的 {share}。对所有此类照片，准确率在 95 % 的情况下为 {range}（Wilson）。</translation>
    </message>
    <message>
        <source>One class alone has no accuracy: there is nothing to tell it from.</source>
        <translation>只有一个类别时没有准确率：没有可与之区分的类别。</translation>
    </message>
    <message>
        <source>No test photo: {names}</source>
        <translation>没有测试照片：{names}</translation>
    </message>
    <message>
        <source>{n} test photos are of bursts that were learned too: they flatter the accuracy</source>
        <translation>{n} 张测试照片属于也学习过的连拍：它们使准确率偏高</translation>
    </message>
    <message>
        <source>Tested by events; bursts held out whole: {n}</source>
        <translation>按事件测试；整组留出的连拍：{n}</translation>
    </message>
    <message>
        <source>{n} test photos were held out one by one: where they are of bursts, that flatters</source>
        <translation>{n} 张测试照片是逐张留出的：若属于连拍，准确率会偏高</translation>
    </message>
    <message>
        <source>{n} s</source>
        <translation>{n} 秒</translation>
    </message>
    <message>
        <source>{n} min</source>
        <translation>{n} 分钟</translation>
    </message>
    <message>
        <source>{n} h</source>
        <translation>{n} 小时</translation>
    </message>
    <message>
        <source>{time} left</source>
        <translation>剩余 {time}</translation>
    </message>
    <message>
        <source>stopped early</source>
        <translation>提前停止</translation>
    </message>
    <message>
        <source>{n} points</source>
        <translation>{n} 个百分点</translation>
    </message>
    <message>
        <source>{n} of {photos}</source>
        <translation>{photos}中的 {n} 张</translation>
    </message>
    <message>
        <source>gained {points}</source>
        <translation>提高 {points}</translation>
    </message>
    <message>
        <source>gained by old tasks</source>
        <translation>旧任务提高</translation>
    </message>
    <message>
        <source>forgotten</source>
        <translation>被遗忘</translation>
    </message>
</context>
<context>
    <name>worth a look</name>
    <message>
        <source>None of these labels is doubted any more</source>
        <translation>这些标签都不再有疑问</translation>
    </message>
    <message>
        <source>1 label may be wrong</source>
        <translation>1 个标签可能有误</translation>
    </message>
    <message>
        <source>{n} labels may be wrong</source>
        <translation>{n} 个标签可能有误</translation>
    </message>
    <message>
        <source>By all other photos another class fits better. Say that the label is right, move the photo, or remove it.</source>
        <translation>根据所有其他照片，另一个类别更合适。请说明标签正确、移动照片或移除它。</translation>
    </message>
    <message>
        <source>1 test photo it was not sure of</source>
        <translation>1 张测试照片没有把握</translation>
    </message>
    <message>
        <source>{n} test photos it was not sure of</source>
        <translation>{n} 张测试照片没有把握</translation>
    </message>
    <message>
        <source>The least sure first.</source>
        <translation>最没有把握的在前。</translation>
    </message>
    <message>
        <source>1 near-duplicate across learn and test</source>
        <translation>学习与测试之间有 1 对近似重复</translation>
    </message>
    <message>
        <source>{n} near-duplicates across learn and test</source>
        <translation>学习与测试之间有 {n} 对近似重复</translation>
    </message>
    <message>
        <source>A test photo that was all but learned makes the accuracy look better than it is.</source>
        <translation>几乎已学过的测试照片会使准确率显得比实际更好。</translation>
    </message>
    <message>
        <source>1 class with fewer than {few} photos to learn from</source>
        <translation>1 个类别的学习照片少于 {few} 张</translation>
    </message>
    <message>
        <source>{n} classes with fewer than {few} photos to learn from</source>
        <translation>{n} 个类别的学习照片少于 {few} 张</translation>
    </message>
    <message>
        <source>This label may be wrong: {pairs}</source>
        <translation>此标签可能有误：{pairs}</translation>
    </message>
    <message>
        <source>{n} labels may be wrong: {pairs}</source>
        <translation>{n} 个标签可能有误：{pairs}</translation>
    </message>
    <message>
        <source>Looking through the photos...</source>
        <translation>正在检查照片……</translation>
    </message>
    <message>
        <source>Looking through the photos</source>
        <translation>正在检查照片</translation>
    </message>
    <message>
        <source>Nothing stands out.</source>
        <translation>没有什么特别之处。</translation>
    </message>
    <message>
        <source>{n} photos were not checked: {most} are at most, and those alone whose features are kept here.</source>
        <translation>有 {n} 张照片未被检查：最多检查 {most} 张，且仅限此电脑上保存了特征的照片。</translation>
    </message>
    <message>
        <source>{n} new photos are not checked yet: that comes when they are described or learned.</source>
        <translation>{n} 张新照片尚未检查：描述或学习它们时会检查。</translation>
    </message>
</context>
</TS>
